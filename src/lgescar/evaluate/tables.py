"""Scores as files: a row a patient, a record of the run, and a page for people."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from lgescar.core.provenance import now
from lgescar.core.version import VERSION
from lgescar.evaluate.score import PatientScore
from lgescar.evaluate.summary import Agreement, CohortSummary, Spread

FORMAT = "lgescar-scores/1"
SHOWN = (
    ("dice_scar", "Dice of scar (scar or MVO)", 3),
    ("dice_mvo", "Dice of MVO", 3),
    ("dice_wall", "Dice of wall", 3),
    ("dice_blood_pool", "Dice of blood pool", 3),
    ("hausdorff_scar_mm", "Hausdorff distance of scar, 3-D, mm", 1),
    ("hausdorff_95_scar_mm", "its 95th percentile, mm", 1),
    ("hausdorff_wall_mm", "Hausdorff distance of wall, 3-D, mm", 1),
    ("hausdorff_slices_scar_mm", "Hausdorff distance of scar, slices, mm", 1),
    ("hausdorff_slices_scar_px", "the same where spacing is unknown, px", 1),
    ("area_similarity_scar", "area similarity of scar", 3),
    ("perimeter_similarity_scar", "perimeter similarity of scar", 3),
    ("scar_percent_reference", "scar, % of LV, reference", 1),
    ("scar_percent_predicted", "scar, % of LV, predicted", 1),
    ("scar_mass_g_reference", "scar mass, g, reference", 1),
    ("scar_mass_g_predicted", "scar mass, g, predicted", 1),
)
"""Rows of the page: metric, words, decimals."""


def machine() -> dict[str, Any]:
    """Kind of machine, without its name."""
    about = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.+)", about.read_text()) if about.is_file() else None
    return {
        "processor": model.group(1) if model else platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def scores_json(
    cohorts: Sequence[CohortSummary], *, command: Sequence[str], seed: int
) -> dict[str, Any]:
    """The run's record: what was asked, on what, and what came out."""
    return {
        "format": FORMAT,
        "command": " ".join(command),
        "version": VERSION,
        "created": now(),
        "machine": machine(),
        "seeds": {"bootstrap": seed},
        "patients": sum(len(cohort.patients) for cohort in cohorts),
        "cohorts": {cohort.cohort: asdict(cohort) for cohort in cohorts},
    }


def patients_csv(scores: Sequence[PatientScore]) -> str:
    """A row a patient; empty where undefined."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [f.name for f in fields(PatientScore)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(score) for score in scores)
    return text.getvalue()


def markdown(cohorts: Sequence[CohortSummary]) -> str:
    """Tables for people: patients with scar, patients without, agreement."""
    pages = []
    for cohort in cohorts:
        told = ", ".join(f"{count} {word}" for word, count in cohort.outcomes.items())
        pages += [
            f"## {cohort.cohort}",
            "",
            f"{len(cohort.patients)} patients; scar: {told}; "
            f"{cohort.invented_over_2_percent} scar-free hearts given over 2 % of the wall.",
            "",
            *_spread_table("patients with scar", cohort.with_scar),
            *_spread_table("patients without scar", cohort.without_scar),
            *_agreement_table(cohort.agreement),
        ]
    return "\n".join(pages)


def write_tables(
    out: Path, scores: Sequence[PatientScore], record: dict[str, Any], page: str
) -> None:
    """``patients.csv``, ``scores.json`` and ``scores.md`` in ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "patients.csv").write_text(patients_csv(scores), encoding="utf-8")
    text = json.dumps(record, indent=1, allow_nan=False)
    (out / "scores.json").write_text(text + "\n", encoding="utf-8")
    (out / "scores.md").write_text(page, encoding="utf-8")


def _spread_table(title: str, spreads: dict[str, Spread]) -> list[str]:
    rows = []
    for metric, words, places in SHOWN:
        spread = spreads[metric]
        if spread.mean is None:
            continue
        sd = "" if spread.sd is None else f" ± {spread.sd:.{places}f}"
        rows.append(
            f"| {words} | {spread.mean:.{places}f}{sd} | {_interval(spread.interval, places)} "
            f"| {spread.median:.{places}f} | {spread.patients - spread.undefined} "
            f"| {spread.undefined} |"
        )
    if not rows:
        return []
    head = f"| {title} | mean ± SD | 95 % interval of the mean | median | patients | undefined |"
    return [head, "|---|---|---|---|---|---|", *rows, ""]


def _agreement_table(agreements: dict[str, Agreement]) -> list[str]:
    rows = []
    for quantity, found in agreements.items():
        if found.ccc is None or found.bias is None:
            continue
        words = quantity.replace("_", " ")
        rows.append(
            f"| {words} | {found.ccc:.3f} | {_interval(found.ccc_interval, 3)} "
            f"| {found.bias:.1f} | {found.lower_limit:.1f} to {found.upper_limit:.1f} "
            f"| {_p_value(found.signed_rank_p)} | {found.patients} |"
        )
    if not rows:
        return []
    head = (
        "| predicted against reference | CCC | 95 % interval | bias | 95 % limits "
        "| signed-rank p | patients |"
    )
    return [head, "|---|---|---|---|---|---|---|", *rows, ""]


def _p_value(p: float | None) -> str:
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _interval(interval: tuple[float, float] | None, places: int) -> str:
    return "" if interval is None else f"{interval[0]:.{places}f} to {interval[1]:.{places}f}"

"""Scores as files: a row a patient, a row a metric, a record of the run, and pages for people."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lgescar.core.provenance import now
from lgescar.core.quality import INDICES
from lgescar.core.version import VERSION
from lgescar.evaluate.calibration import Calibration
from lgescar.evaluate.columns import COLUMNS
from lgescar.evaluate.compare import Contrast
from lgescar.evaluate.emidec import EmidecScore
from lgescar.evaluate.images import PatientQuality
from lgescar.evaluate.score import PatientScore
from lgescar.evaluate.strata import Stratum
from lgescar.evaluate.summary import CohortSummary
from lgescar.evaluate.table import rows_csv

FORMAT = "lgescar-scores/1"
PAIRS = ("interval", "iqr")
"""Endings of the fields that hold two numbers."""


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


def about_run(command: Sequence[str], seed: int) -> dict[str, Any]:
    """What a record of this run says of where it comes from."""
    return {
        "command": " ".join(command),
        "version": VERSION,
        "created": now(),
        "machine": machine(),
        "seeds": {"bootstrap": seed},
    }


def scores_json(
    cohorts: Sequence[CohortSummary],
    calibrations: Mapping[str, Calibration],
    *,
    command: Sequence[str],
    seed: int,
) -> dict[str, Any]:
    """The run's record: what was scored, on which patients, and what came out."""
    found = {cohort.cohort: _finite(asdict(cohort)) for cohort in cohorts}
    for name, row in found.items():
        row["calibration"] = asdict(calibrations[name]) if name in calibrations else None
    return {
        "format": FORMAT,
        **about_run(command, seed),
        "patients": sum(len(cohort.patients) for cohort in cohorts),
        "cohorts": found,
    }


def patients_csv(scores: Sequence[PatientScore], images: Sequence[PatientQuality] = ()) -> str:
    """A row a patient, with the quality of their images where known; empty where undefined."""
    rows = [{c: getattr(score, c) for c in COLUMNS} for score in scores]
    for row, found in zip(rows, images, strict=bool(images)):
        row["image_quality"] = found.quality.grade
        row |= {name: getattr(found.quality, name) for name in INDICES}
    return rows_csv(rows)


def strata_csv(strata: Iterable[Stratum]) -> str:
    """A row a stratum; each spread is its mean, the interval of that, and its median."""
    rows = []
    for stratum in strata:
        row = asdict(stratum)
        for name in [n for n, value in row.items() if isinstance(value, dict)]:
            spread = row.pop(name)
            row[f"{name}_mean"] = spread["mean"]
            ends = spread["interval"] or (None, None)
            row[f"{name}_interval_low"], row[f"{name}_interval_high"] = ends
            row[f"{name}_median"] = spread["median"]
            row[f"{name}_undefined"] = spread["undefined"]
        rows.append(row)
    return rows_csv(rows)


def emidec_csv(scores: Iterable[EmidecScore]) -> str:
    """A row a patient as the EMIDEC challenge scores it."""
    return rows_csv(list(map(asdict, scores)))


def cohorts_csv(cohorts: Iterable[CohortSummary]) -> str:
    """A row for each cohort, group of patients and metric."""
    rows = [
        {"cohort": cohort.cohort, "group": group, "metric": metric, **_ends_apart(asdict(spread))}
        for cohort in cohorts
        for group, spreads in (
            ("with scar", cohort.with_scar),
            ("without scar", cohort.without_scar),
        )
        for metric, spread in spreads.items()
    ]
    return rows_csv(rows)


def outcomes_csv(cohorts: Iterable[CohortSummary]) -> str:
    """A row a cohort: patients found, missed, invented and clear, and lesions by size."""
    rows = []
    for cohort in cohorts:
        lesions = cohort.lesions
        row: dict[str, Any] = {
            "cohort": cohort.cohort,
            "patients": len(cohort.patients),
            **cohort.outcomes,
            "invented_over_2_percent": cohort.invented_over_2_percent,
            "lesions_reference": lesions.reference,
            "lesions_found": lesions.found,
            "lesions_predicted": lesions.predicted,
            "lesions_invented": lesions.invented,
            "lesions_unknown_size": lesions.unknown_size,
        }
        for size in lesions.by_size:
            row[f"lesions_from_{size.low_mm2:g}_mm2"] = size.lesions
            row[f"lesions_from_{size.low_mm2:g}_mm2_found"] = size.found
        rows.append(row)
    return rows_csv(rows)


def agreement_csv(cohorts: Iterable[CohortSummary]) -> str:
    """A row for each cohort and quantity, over all patients and over those with scar."""
    rows = [
        {"cohort": cohort.cohort, "quantity": quantity, **_ends_apart(asdict(found))}
        for cohort in cohorts
        for quantity, found in cohort.agreement.items()
    ]
    return rows_csv(rows)


def contrasts_csv(found: Sequence[Contrast]) -> str:
    """A row for each cohort, group, metric and pair of systems."""
    return rows_csv([_ends_apart(asdict(contrast)) for contrast in found])


def record_text(record: Mapping[str, Any]) -> str:
    """The record as JSON."""
    return json.dumps(record, indent=1, allow_nan=False) + "\n"


def write_files(out: Path, files: Mapping[str, str]) -> None:
    """Texts by name into the folder ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8")


def _ends_apart(row: Mapping[str, Any]) -> dict[str, Any]:
    """The same with a column for each end of an interval, ``..._low`` and ``..._high``."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name.endswith(PAIRS):
            flat[f"{name}_low"], flat[f"{name}_high"] = value or (None, None)
        else:
            flat[name] = value
    return flat


def _finite(found: Any) -> Any:
    """The same with None in place of infinity, which JSON lacks: a size class without end."""
    if isinstance(found, dict):
        return {key: _finite(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [_finite(value) for value in found]
    return None if isinstance(found, float) and found == float("inf") else found

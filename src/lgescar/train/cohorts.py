"""Labelled cohorts: their patients listed once, splits of them, and the table of the parts."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lgescar.core.errors import InputError
from lgescar.read.cohort import cases, read_case
from lgescar.read.splits import Split, refuse_duplicate_images, sha256_of_file, stratified_split
from lgescar.train.dataset import LabelledPatient

SHARES = {"train": 0.70, "tune": 0.15, "validation": 0.15}
"""Source: arXiv 2506.21151 (2138/383/410 slices), by patient."""
FORMAT = "lgescar-cohorts/1"
ABOUT = ("patients.csv", "truth.csv")
"""Files beside ``images/`` that may give ``name`` with ``age``, ``sex`` and ``vendor``."""


@dataclass(frozen=True, slots=True)
class PatientRow:
    """What the table needs of one patient; None where nothing says."""

    slices: int
    scarred_slices: int
    scar_px: int
    scar_percent: float
    pixel_mm: float | None
    step_mm: float | None
    age: float | None = None
    sex: str | None = None
    vendor: str | None = None

    @classmethod
    def of(cls, patient: LabelledPatient, about: Mapping[str, str]) -> PatientRow:
        """The row of a patient; ``about`` is what a table says about them."""
        study, labels = patient.study, patient.labels
        scar = [int(m.scar.sum()) for m in labels]
        wall = sum(int(m.wall.sum()) for m in labels)
        return cls(
            slices=len(labels),
            scarred_slices=sum(n > 0 for n in scar),
            scar_px=sum(scar),
            scar_percent=100.0 * sum(scar) / wall if wall else 0.0,
            pixel_mm=None if study.spacing_mm is None else float(np.mean(study.spacing_mm)),
            step_mm=study.slice_step_mm,
            age=_number(about.get("age", "")),
            sex=about.get("sex", "").strip() or None,
            vendor=about.get("vendor", "").strip() or None,
        )


@dataclass(frozen=True, slots=True)
class CohortRow:
    """One line of the table: a part of a cohort. Ranges are (lowest, median, highest)."""

    cohort: str
    part: str
    patients: int
    patients_with_scar: int
    images: int
    images_with_scar: int
    scar_percent_of_lv: tuple[float, float, float] | None
    pixel_mm: tuple[float, float, float] | None
    slice_step_mm: tuple[float, float, float] | None
    spacing_unknown: int
    age_years: tuple[float, float, float] | None
    sex: dict[str, int]
    vendor: dict[str, int]


@dataclass(frozen=True, slots=True)
class Cohorts:
    """The labelled patients (``cohort/name``) of cohort folders: the folder and name of each."""

    cases: dict[str, tuple[Path, str]]

    @classmethod
    def of(cls, folders: Iterable[Path]) -> Cohorts:
        """Those of ``folders``, each with ``images/`` and ``labels/``.

        Raises:
            InputError: a folder holds none.
        """
        return cls({f"{f.name}/{name}": (f, name) for f in folders for name in cases(f)})

    def files(self, kind: str) -> dict[str, Path]:
        """``images`` or ``labels`` file of every patient."""
        return {p: f / kind / f"{name}.nii.gz" for p, (f, name) in self.cases.items()}

    def read(self, patients: Collection[str] | None = None) -> Iterator[LabelledPatient]:
        """Those of ``patients``, or all, in an order that does not depend on how they are given."""
        chosen = None if patients is None else frozenset(patients)
        for patient, (folder, name) in sorted(self.cases.items(), key=lambda case: case[1][0]):
            if chosen is None or patient in chosen:
                yield LabelledPatient(folder.name, name, *read_case(folder, name))

    def rows(self, patients: Iterable[LabelledPatient] | None = None) -> dict[str, PatientRow]:
        """A row of the table for each of ``patients``, or for all."""
        folders = dict.fromkeys(folder for folder, _ in self.cases.values())
        about = {folder.name: _about(folder) for folder in folders}
        return {
            f"{one.cohort}/{one.name}": PatientRow.of(one, about[one.cohort].get(one.name, {}))
            for one in (self.read() if patients is None else patients)
        }


def split_cohorts(
    cohorts: Cohorts,
    rows: Mapping[str, PatientRow],
    seed: int,
    shares: Mapping[str, float] = SHARES,
) -> Split:
    """Patients of each cohort dealt to the parts, alike in total scar pixels, labels hashed.

    Raises:
        InputError: two patients have the same image.
    """
    refuse_duplicate_images(cohorts.files("images"))
    parts = stratified_split(scar_burden(rows), shares, seed)
    hashes = {p: sha256_of_file(file) for p, file in cohorts.files("labels").items()}
    return Split(seed, {part: tuple(names) for part, names in parts.items()}, hashes)


def scar_burden(rows: Mapping[str, PatientRow]) -> dict[str, dict[str, float]]:
    """Total scar pixels of every patient (``cohort/name``), by cohort and name."""
    burden: dict[str, dict[str, float]] = {}
    for patient, row in rows.items():
        cohort, name = patient.split("/", 1)
        burden.setdefault(cohort, {})[name] = float(row.scar_px)
    return burden


def cohort_table(split: Split, rows: Mapping[str, PatientRow]) -> tuple[CohortRow, ...]:
    """A line for each part of each cohort, and one for each part of all; empty ones left out.

    Raises:
        InputError: the split names a patient without a row.
    """
    unknown = [p for names in split.parts.values() for p in names if p not in rows]
    if unknown:
        raise InputError(f"patient {unknown[0]} of the split is not in the data")
    cohorts = sorted({p.split("/", 1)[0] for names in split.parts.values() for p in names})
    lines = []
    for cohort in [*cohorts, *(["all"] if len(cohorts) > 1 else [])]:
        for part, names in split.parts.items():
            ours = [rows[n] for n in names if cohort in ("all", n.split("/", 1)[0])]
            if ours:
                lines.append(_line(cohort, part, ours))
    return tuple(lines)


def markdown(table: Iterable[CohortRow]) -> str:
    """The table for people, like Table 1 of arXiv 2506.21151."""
    head = (
        "| cohort | part | patients (with scar) | images (with scar) | scar, % of LV, of those "
        "with scar | pixel, mm | slice step, mm | age, years | sex | vendor |"
    )
    lines = [head, "|" + "---|" * 10]
    for row in table:
        unknown = f" ({row.spacing_unknown} unknown)" if row.spacing_unknown else ""
        lines.append(
            f"| {row.cohort} | {row.part} | {row.patients} ({row.patients_with_scar}) "
            f"| {row.images} ({row.images_with_scar}) | {_range(row.scar_percent_of_lv, 1)} "
            f"| {_range(row.pixel_mm, 2)}{unknown} | {_range(row.slice_step_mm, 1)} "
            f"| {_range(row.age_years, 0)} | {_counts(row.sex)} | {_counts(row.vendor)} |"
        )
    return "\n".join([*lines, "", "Ranges: median (lowest to highest).", ""])


def write_cohort_table(table: Sequence[CohortRow], out: Path) -> None:
    """``cohorts.md`` and ``cohorts.json`` in the folder ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "cohorts.md").write_text(markdown(table), encoding="utf-8")
    whole: dict[str, Any] = {"format": FORMAT, "rows": [asdict(row) for row in table]}
    (out / "cohorts.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


def _line(cohort: str, part: str, rows: Sequence[PatientRow]) -> CohortRow:
    scarred = [r for r in rows if r.scar_px > 0]
    return CohortRow(
        cohort=cohort,
        part=part,
        patients=len(rows),
        patients_with_scar=len(scarred),
        images=sum(r.slices for r in rows),
        images_with_scar=sum(r.scarred_slices for r in rows),
        scar_percent_of_lv=_spread(r.scar_percent for r in scarred),
        pixel_mm=_spread(r.pixel_mm for r in rows),
        slice_step_mm=_spread(r.step_mm for r in rows),
        spacing_unknown=sum(r.pixel_mm is None for r in rows),
        age_years=_spread(r.age for r in rows),
        sex=_tally(r.sex for r in rows),
        vendor=_tally(r.vendor for r in rows),
    )


def _about(folder: Path) -> dict[str, dict[str, str]]:
    """What a table beside the images says, by patient; nothing where there is none."""
    path = next((folder / name for name in ABOUT if (folder / name).is_file()), None)
    if path is None:
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {row.get("name", ""): row for row in csv.DictReader(file)}


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _spread(values: Iterable[float | None]) -> tuple[float, float, float] | None:
    known = [v for v in values if v is not None]
    if not known:
        return None
    return tuple(round(float(v), 3) for v in np.quantile(known, (0.0, 0.5, 1.0)))  # type: ignore[return-value]  # three quantiles


def _tally(values: Iterable[str | None]) -> dict[str, int]:
    known = [v for v in values if v is not None]
    return {value: known.count(value) for value in sorted(set(known))}


def _range(spread: tuple[float, float, float] | None, places: int) -> str:
    if spread is None:
        return ""
    low, middle, high = (f"{value:.{places}f}" for value in spread)
    return f"{middle} ({low} to {high})"


def _counts(tally: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {value}" for value, count in tally.items())

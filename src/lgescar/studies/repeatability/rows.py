"""Two readings of one patient, side by side: a row of the table behind everything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tqdm import tqdm

from lgescar.core.errors import GeometryError
from lgescar.core.study import Study
from lgescar.core.tissue import LabelMap
from lgescar.evaluate.cases import read_together
from lgescar.evaluate.score import stacked
from lgescar.measure.mass import TissuePixels, mass_g, scar_percent_of_lv, volume_basis
from lgescar.metrics.overlap import dice
from lgescar.read.reading import PatientReading
from lgescar.studies.repeatability.sessions import Comparison, ReadingSession

QUANTITIES = {
    "scar_mass_g": "scar mass, g",
    "scar_percent": "scar, % of LV",
    "lv_mass_g": "LV mass, g",
    "mvo_mass_g": "MVO mass, g",
}
DICES = {"dice_scar": "Dice of scar", "dice_wall": "Dice of wall", "dice_mvo": "Dice of MVO"}
UNREAD = PatientReading()


@dataclass(frozen=True, slots=True)
class Amounts:
    """What one reading says of one patient; grams are None where the file knows no millimetres.

    ``scar_percent`` is None where no wall was outlined.
    """

    scar_mass_g: float | None
    scar_percent: float | None
    lv_mass_g: float | None
    mvo_mass_g: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """One patient in two sessions. A Dice is None where both readings are empty.

    ``scarred`` is whether the truth holds scar or, where nobody knows it, either reading.
    ``quality`` is the first grade that a session of the comparison gives the images.
    """

    method: str
    comparison: Comparison
    patient: str
    scarred: bool
    quality: str | None
    amounts: tuple[Amounts, Amounts]
    seconds: tuple[float | None, float | None]
    dice_scar: float | None
    dice_wall: float | None
    dice_mvo: float | None

    def pair(self, quantity: str) -> tuple[float | None, float | None]:
        """Both readings of one of the ``QUANTITIES``."""
        first, second = (getattr(one, quantity) for one in self.amounts)
        return first, second

    def flat(self) -> dict[str, Any]:
        """A column a value, for tables."""
        columns: dict[str, Any] = {"method": self.method, **asdict(self.comparison)}
        columns |= {name: getattr(self, name) for name in ("patient", "scarred", "quality")}
        for quantity in QUANTITIES:
            columns[f"{quantity}_first"], columns[f"{quantity}_second"] = self.pair(quantity)
        columns |= {name: getattr(self, name) for name in DICES}
        return columns | dict(zip(("seconds_first", "seconds_second"), self.seconds, strict=True))


@dataclass(frozen=True, slots=True)
class Readings:
    """All rows of one method, and each session's amounts by patient."""

    method: str
    rows: tuple[PairRow, ...]
    amounts: Mapping[str, Mapping[str, Amounts]]


def read_all(
    method: str,
    sessions: Sequence[ReadingSession],
    pairs: Sequence[Comparison],
    truth: str | None = None,
) -> Readings:
    """Every patient that two sessions or more have; ``truth`` names a session that is no reader's.

    Raises:
        InputError: a file that cannot be read.
        GeometryError: readings of one patient that do not lie on one grid.
    """
    patients = dict.fromkeys(p for s in sessions for p in s.files)
    rows: list[PairRow] = []
    amounts: dict[str, dict[str, Amounts]] = {s.name: {} for s in sessions}
    for patient in tqdm(patients, desc=f"compare {method}", unit="patient", disable=None):
        having = {s.name: s for s in sessions if patient in s.files}
        if len(having) < 2:
            continue
        try:
            files = {name: s.files[patient] for name, s in having.items()}
            study, labels = read_together(patient, files)
        except GeometryError as error:
            raise GeometryError(
                f"{error}; readings are compared pixel by pixel: outline one and the same series "
                "in every session"
            ) from error
        for name, maps in labels.items():
            amounts[name][patient] = amounts_of(study, maps)
        for pair in pairs:
            if pair.first in having and pair.second in having:
                details = (having[pair.first].details.get(patient, UNREAD),
                           having[pair.second].details.get(patient, UNREAD))  # fmt: skip
                both = labels[pair.first], labels[pair.second]
                deciding = (labels[truth],) if truth in labels else both
                rows.append(
                    PairRow(
                        method=method,
                        comparison=pair,
                        patient=patient,
                        scarred=any(m.scar.any() for maps in deciding for m in maps),
                        quality=details[0].quality or details[1].quality,
                        amounts=(amounts[pair.first][patient], amounts[pair.second][patient]),
                        seconds=(details[0].seconds, details[1].seconds),
                        **_dices(*both),
                    )
                )
    return Readings(method, tuple(rows), amounts)


def amounts_of(study: Study, labels: Sequence[LabelMap]) -> Amounts:
    """Grams and percent of one reading."""
    count = TissuePixels.of(labels)
    pixel_ml, _ = volume_basis(study)
    grams = [
        None if pixel_ml is None else mass_g(pixels * pixel_ml)
        for pixels in (count.scar, count.wall, count.mvo)
    ]
    share = scar_percent_of_lv(count) if count.wall else None
    return Amounts(grams[0], share, grams[1], grams[2])


def _dices(first: Sequence[LabelMap], second: Sequence[LabelMap]) -> dict[str, float | None]:
    """Each of the ``DICES`` of two readings."""
    tissues = {name: name.removeprefix("dice_") for name in DICES}
    return {name: dice(stacked(first, t), stacked(second, t)) for name, t in tissues.items()}

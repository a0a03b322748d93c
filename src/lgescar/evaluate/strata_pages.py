"""Tables of strata for people."""

from __future__ import annotations

from collections.abc import Sequence

from lgescar.evaluate.layout import Section, Table
from lgescar.evaluate.pages import interval, number
from lgescar.evaluate.strata import GRADE, Stratum
from lgescar.evaluate.summary import Spread

HEAD = (
    "",
    "patients",
    "with scar",
    "missed",
    "scar Dice, mean (95 % interval)",
    "scar, % of LV, predicted − reference",
    "scar mass, g, predicted − reference",
    "mass error, g",
)
WORDS = {
    GRADE: "image quality (automatic)",
    "snr": "signal to noise",
    "cnr_scar_remote": "contrast scar − remote, × noise",
    "cnr_scar_blood_pool": "contrast scar − blood pool, × noise",
    "cnr_blood_pool_remote": "contrast blood pool − remote, × noise",
    "edge_width_mm": "edge width, mm (less is sharper)",
}
NOTE = (
    "Dice, differences and errors over patients with scar, with the interval of the mean by "
    "bootstrap over patients. Quality is measured by the program with the reference outlines; "
    "thirds are those of the cohort."
)
GIVEN_NOTE = (
    "Dice, differences and errors over patients with scar, with the interval of the mean by "
    "bootstrap over patients. The grades are those of the table given."
)


def strata_sections(measured: Sequence[Stratum], given: Sequence[Stratum]) -> list[Section]:
    """A section a cohort by image quality, then one by the grades that were given."""
    return [
        *_sections(measured, "by image quality", NOTE),
        *_sections(given, "as graded", GIVEN_NOTE),
    ]


def _sections(strata: Sequence[Stratum], title: str, text: str) -> list[Section]:
    sections = []
    for cohort in dict.fromkeys(s.cohort for s in strata):
        ours = [s for s in strata if s.cohort == cohort]
        tables = tuple(
            Table(WORDS.get(by, by), HEAD, tuple(_row(s) for s in ours if s.by == by))
            for by in dict.fromkeys(s.by for s in ours)
        )
        sections.append(Section(f"{cohort}, {title}", text, tables))
    return sections


def _row(stratum: Stratum) -> tuple[str, ...]:
    reach = ""
    if stratum.low is not None and stratum.high is not None:
        reach = f", {interval((stratum.low, stratum.high), 1)}"
    return (
        stratum.stratum + reach,
        str(stratum.patients),
        str(stratum.with_scar),
        str(stratum.missed),
        _mean(stratum.dice_scar, 3),
        _mean(stratum.scar_percent_difference, 1),
        _mean(stratum.scar_mass_g_difference, 1),
        _mean(stratum.scar_mass_g_error, 1),
    )


def _mean(spread: Spread, places: int) -> str:
    if spread.mean is None:
        return ""
    ends = interval(spread.interval, places)
    return number(spread.mean, places) + (f" ({ends})" if ends else "")

"""Tables of chances and ranges for people."""

from __future__ import annotations

from collections.abc import Mapping

from lgescar.evaluate.calibration import Calibration, Chances, Inside, Ranges
from lgescar.evaluate.layout import Section, Table
from lgescar.evaluate.pages import interval, number
from lgescar.evaluate.summary import Spread

CHANCE_HEAD = ("", "pixels", "mean chance", "scar in the reference")
RANGE_HEAD = ("", "patients", "inside", "share")
LOOK_HEAD = ("", "patients", "mean absolute error, % of LV (95 % interval)")


def calibration_sections(found: Mapping[str, Calibration]) -> list[Section]:
    """A section a cohort whose predictions come with chances or ranges."""
    sections = []
    for cohort, calibration in found.items():
        said, tables = [], []
        if calibration.chances is not None:
            said.append(_chances_said(calibration.chances))
            tables.append(_chance_table(calibration.chances))
        if calibration.ranges is not None:
            said.append(_ranges_said(calibration.ranges))
            tables += _range_tables(calibration.ranges)
        title = f"{cohort}: can its chances and ranges be trusted?"
        sections.append(Section(title, " ".join(said), tuple(tables)))
    return sections


def error_words(chances: Chances) -> str:
    """The expected calibration error and its interval."""
    return _with_interval(chances.expected_error, chances.interval, 3)


def spread_words(spread: Spread) -> str:
    """A mean and its interval."""
    return _with_interval(spread.mean, spread.interval, 1)


def _chances_said(chances: Chances) -> str:
    if chances.expected_error is None:
        return "No wall in the reference or the predictions."
    return (
        f"Chance of scar over {chances.pixels} pixels of wall (the reference's or the predicted) "
        f"of {chances.patients} patients: expected calibration error {error_words(chances)}, "
        f"Brier score {number(chances.brier, 3)}; the interval is by bootstrap over patients."
    )


def _ranges_said(ranges: Ranges) -> str:
    level = "" if ranges.level_percent is None else f" to hold {ranges.level_percent} % of patients"
    return (
        f"Ranges of scar said{level}: median width {number(ranges.median_width_percent, 1)} % of "
        "LV; inside where the reference's scar in % of LV lies in the range."
    )


def _chance_table(chances: Chances) -> Table:
    rows = tuple(
        (
            f"{one.low:.1f} to {one.high:.1f}",
            str(one.count),
            number(one.mean_chance, 2),
            number(one.frequency, 2),
        )
        for one in chances.bins
        if one.count
    )
    return Table("chance of scar", CHANCE_HEAD, rows)


def _range_tables(ranges: Ranges) -> tuple[Table, Table]:
    groups = {
        "all patients": ranges.everyone,
        "patients with scar": ranges.with_scar,
        "patients without scar": ranges.without_scar,
    }
    inside = tuple((words, *_inside(group)) for words, group in groups.items() if group.patients)
    errors = {"flagged to look at": ranges.error_flagged, "not flagged": ranges.error_unflagged}
    looked = tuple(
        (words, str(spread.patients), spread_words(spread)) for words, spread in errors.items()
    )
    return Table("range of scar", RANGE_HEAD, inside), Table("note", LOOK_HEAD, looked)


def _inside(group: Inside) -> tuple[str, str, str]:
    share = number(group.inside / group.patients, 2)
    return str(group.patients), str(group.inside), share


def _with_interval(value: float | None, ends: tuple[float, float] | None, places: int) -> str:
    between = interval(ends, places)
    return number(value, places) + (f" ({between})" if between else "")

"""What people and machines read of repeatability: sentences by rule, tables, rows, picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lgescar.evaluate.agreement import Agreement
from lgescar.evaluate.pages import spread_table
from lgescar.evaluate.table import (
    Columns,
    Section,
    Table,
    interval,
    number,
    number_cell,
    range_cell,
    rows_csv,
    table,
    text_cell,
)
from lgescar.studies.compare import FEWEST
from lgescar.studies.repeatability.picture import draw, headline
from lgescar.studies.repeatability.rows import DICES, QUANTITIES
from lgescar.studies.repeatability.sessions import Comparison
from lgescar.studies.repeatability.tables import (
    ALL,
    SCARRED,
    CccDifference,
    Compared,
    Repeated,
)
from lgescar.studies.show import PICTURE, RECORD, page, write_study

ROWS = "patients.csv"
QUESTION = (
    "The same patients were read again, by another reader or by the same one. Differences are "
    "second minus first; Dice is over the patients with scar in either reading, the others are "
    "counted; intervals are bootstrapped over patients."
)
TRUE_QUESTION = (
    "Simulated readers with an unsteady hand and habits of their own read every patient twice by "
    "each method. fwhm: outlines by hand, a region in the brightest wall, full width at half "
    "maximum. prompts: boxes round the scars, points where the answer is wrong, and a network "
    "that answers; its outline of the wall is the same for every reader. Boxes and points start "
    "from the true scar, as a person starts from the image: this shows what an unsteady hand "
    "costs, not how well people see scar."
)
RULE = (
    "Rule: a method repeats better or worse where the 95 % interval of the difference of CCC "
    "(bootstrap over patients with scar, each with its readings by both methods) leaves out 0; "
    "otherwise no difference was seen, which is not equality. Readers repeat each other more than "
    "the truth where the interval of every CCC between them lies above every CCC with the truth, "
    "whose own interval is not used. Fewer than 6 patients are not evaluated. Nothing is corrected "
    "for the number of comparisons."
)
VERDICTS = {
    ("truth", "better"): "come closer to the truth",
    ("truth", "worse"): "stay farther from the truth",
    ("", "better"): "repeat better",
    ("", "worse"): "repeat worse",
}
PLACES = 2
AGREEMENT: Columns = {
    "CCC (95 % interval)": range_cell("ccc", 3),
    "ICC(2,1)": number_cell("icc_2_1", 3),
    "ICC(3,1)": number_cell("icc_3_1", 3),
    "bias (95 % interval)": range_cell("bias", PLACES),
    "lower limit (95 % interval)": range_cell("lower_limit", PLACES),
    "upper limit (95 % interval)": range_cell("upper_limit", PLACES),
    "variation, %": number_cell("coefficient_of_variation_percent", 1),
    "patients": text_cell("patients"),
    "undefined": text_cell("undefined"),
}
OVERVIEW: Columns = {
    "patients": lambda row: str(row[0].group),
    "CCC (95 % interval)": lambda row: AGREEMENT["CCC (95 % interval)"](row[1]),
    "bias": lambda row: number(row[1].bias, PLACES),
    "limits": lambda row: _limits(row[1]),
    "Dice of scar": lambda row: number(row[0].dice["dice_scar"].mean, 3),
    "pairs": lambda row: str(row[1].patients),
    "": lambda row: "" if row[0].enough else "too few patients",
}
ALL_READERS = {name: AGREEMENT[name] for name in ("ICC(2,1)", "ICC(3,1)", "patients")}
SECONDS: Columns = {
    "median seconds a patient (IQR)": range_cell("median", 0, "iqr"),
    "patients": lambda spread: str(spread.patients - spread.undefined),
    "without a time": text_cell("undefined"),
}
SIDE_BY_SIDE = "Repeatable is not right: two readers can make the same error."
MOST_NAMED = 12
"""Patients a sentence names; all are in the record."""
DICE_HEAD = ("mean ± SD", "95 % interval", "median (IQR)", "patients", "both empty")


def as_json(found: Repeated) -> dict[str, Any]:
    """The whole study for machines, without the rows of patients."""
    return {
        **found.record,
        "title": found.title,
        "conclusions": conclusions(found),
        "unpaired": {patient: list(names) for patient, names in found.unpaired.items()},
        "named_without_outlines": {name: list(p) for name, p in found.without_outlines.items()},
        "seconds": {name: asdict(one) for name, one in found.seconds.items()},
        "comparisons": [_compared_json(one) for one in found.compared],
        "differences_of_ccc": [asdict(one) for one in found.differences],
        "all_readers": [asdict(one) for one in found.all_readers],
    }


def markdown(found: Repeated) -> str:
    """The whole study for people."""
    rule = RULE if found.differences else ""
    return page(
        (found.title, TRUE_QUESTION if found.differences else QUESTION, rule),
        conclusions(found),
        {"readings against each other, and Bland-Altman": PICTURE},
        _sections(found),
        (found.record, f"A row a patient in {ROWS}; SHA-256 of the labels in {RECORD}."),
    )


def write(found: Repeated, out: Path) -> None:
    """``study.json``, ``study.md``, ``study.png`` and ``patients.csv`` in ``out``."""
    rows = rows_csv([row.flat() for row in found.rows], "method")
    write_study(out, as_json(found), markdown(found), {ROWS: rows})
    draw(found, out / PICTURE)


def conclusions(found: Repeated) -> list[str]:
    """What the numbers say, by rule."""
    quantity = headline(found)
    said = [_difference(d) for d in found.differences if d.quantity == quantity]
    if not found.differences:
        said += [_nearness(c, quantity) for c in found.compared if c.group == ALL]
    said += _right(found, quantity)
    if found.unpaired:
        names = [f"{patient} ({', '.join(has)})" for patient, has in found.unpaired.items()]
        said.append(f"Not in every session, and in no pair with those they lack: {_few(names)}.")
    said += [
        f"reading.json of {name} names patients without outlines: {_few(patients)}."
        for name, patients in found.without_outlines.items()
    ]
    return said


def _difference(found: CccDifference) -> str:
    kind = "truth" if found.pair.kind == "truth" else ""
    verdict = VERDICTS.get((kind, found.verdict), f"against {found.baseline}: {found.verdict}")
    return (
        f"{_pair(found.pair)}, "
        f"{QUANTITIES[found.quantity]}: {found.method} {verdict} (CCC {number(found.ccc, 3)} "
        f"against {number(found.ccc_baseline, 3)} by {found.baseline}, difference "
        f"{number(found.difference, 3)}, 95 % interval {interval(found.interval, 3)}; "
        f"{found.patients} patients with scar)."
    )


def _nearness(found: Compared, quantity: str) -> str:
    near, overlap = found.agreement[quantity], found.dice["dice_scar"]
    pair = _pair(found.pair)
    if near.ccc is None:
        return (
            f"{found.method}, {pair}: no CCC of {QUANTITIES[quantity]} ({near.patients} of "
            f"{found.patients} patients known in both, which vary too little or are too few); "
            f"Dice of scar {number(overlap.mean, 3) or 'undefined'}."
        )
    few = "" if found.enough else "; too few patients to evaluate"
    return (
        f"{found.method}, {pair}, {QUANTITIES[quantity]}: CCC {number(near.ccc, 3)} (95 % interval "
        f"{interval(near.ccc_interval, 3) or 'unknown'}), bias {number(near.bias, PLACES)}, limits "
        f"{number(near.lower_limit, PLACES)} to {number(near.upper_limit, PLACES)}; Dice of scar "
        f"{number(overlap.mean, 3)} ({near.patients} patients, {found.both_empty} without "
        f"scar in both{few})."
    )


def _right(found: Repeated, quantity: str) -> list[str]:
    """Agreement of readers with each other beside agreement with the truth."""
    said = []
    for method in dict.fromkeys(c.method for c in found.compared):
        ours = [c for c in found.compared if c.method == method and c.group == SCARRED]
        among = [c for c in ours if c.pair.kind == "inter-observer"]
        right = [c for c in ours if c.pair.kind == "truth"]
        if not among or not right:
            continue
        each, true = ([c.agreement[quantity] for c in some] for some in (among, right))
        dice, true_dice = (_listed(c.dice["dice_scar"].mean for c in s) for s in (among, right))
        said.append(
            f"{method}: readers agree with each other by CCC {_listed(a.ccc for a in each)}, with "
            f"the truth by {_listed(a.ccc for a in true)} (bias "
            f"{_listed((a.bias for a in true), PLACES)}; Dice of scar {true_dice} with the truth, "
            f"{dice} with each other): {_verdict(each, true)}."
        )
    return said


def _listed(values: Iterable[float | None], places: int = 3) -> str:
    return ", ".join(number(value, places) for value in values)


def _verdict(each: Sequence[Agreement], true: Sequence[Agreement]) -> str:
    """Whether readers agree with each other more than with the truth."""
    low = [a.ccc_interval[0] for a in each if a.ccc_interval is not None]
    best = [a.ccc for a in true if a.ccc is not None]
    if len(low) < len(each) or len(best) < len(true):
        return "one of these is unknown, so nothing is said"
    if min(a.patients for a in (*each, *true)) < FEWEST:
        return "too few patients to evaluate"
    if max(best) < min(low):
        return "they repeat each other more than the truth: repeatable is not right"
    return "not shown to be more than with the truth, which is not equality"


def _sections(found: Repeated) -> list[Section]:
    sections = [Section("Side by side", SIDE_BY_SIDE, (_overview(found),))]
    for one in _shown(found):
        text = f"Patients: {one.patients}; without scar in both readings: {one.both_empty}."
        if not one.enough:
            text += " Too few patients to evaluate: fewer than 6."
        near = ((QUANTITIES[q], a) for q, a in one.agreement.items() if a.bias is not None)
        overlap = ((DICES[name], spread, 3) for name, spread in one.dice.items())
        tables = (
            table("second minus first", AGREEMENT, near),
            spread_table("overlap", DICE_HEAD, overlap),
        )
        sections.append(Section(f"{one.method}, {_pair(one.pair)}: {one.group}", text, tables))
    if found.all_readers:
        readers = ", ".join(found.all_readers[0].readers)
        known = ((QUANTITIES[a.quantity], a) for a in found.all_readers if a.icc_2_1 is not None)
        icc = table("quantity", ALL_READERS, known)
        sections.append(Section("All readers", f"First sessions: {readers}.", (icc,)))
    if found.seconds:
        times = table("session", SECONDS, found.seconds.items())
        sections.append(Section("Reading times", "As reading.json has them.", (times,)))
    return sections


def _shown(found: Repeated) -> list[Compared]:
    """Every comparison; patients with scar are not shown again where they are all."""
    everyone = {(c.method, c.pair): c.patients for c in found.compared if c.group == ALL}
    return [
        c for c in found.compared if c.group != SCARRED or c.patients < everyone[c.method, c.pair]
    ]


def _overview(found: Repeated) -> Table:
    """The quantity that matters most, a line a comparison: repeatable beside right."""
    quantity = headline(found)
    rows = ((f"{c.method}, {_pair(c.pair)}", (c, c.agreement[quantity])) for c in _shown(found))
    return table(QUANTITIES[quantity], OVERVIEW, rows)


def _compared_json(found: Compared) -> dict[str, Any]:
    """As it is, the sides named after the order of the readings."""
    kept = asdict(found)
    for near in kept["agreement"].values():
        for name in ("mean", "sd"):
            near[f"{name}_first"] = near.pop(f"{name}_reference")
            near[f"{name}_second"] = near.pop(f"{name}_predicted")
        for name in ("margin", "equivalence_p", "rank_sum_p"):
            near.pop(name)
        near["median_absolute_difference"] = near.pop("median_absolute_error")
    return {"method": found.method, **kept.pop("pair"), **kept}


def _pair(pair: Comparison) -> str:
    if pair.kind == "truth":
        return f"{pair.second} against the truth"
    return f"{pair.kind} {pair.first} and {pair.second}"


def _limits(found: Agreement) -> str:
    if found.lower_limit is None or found.upper_limit is None:
        return ""
    return interval((found.lower_limit, found.upper_limit), PLACES)


def _few(names: Sequence[str]) -> str:
    """How many, and the first of them."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{len(names)} patients: {', '.join(names[:MOST_NAMED])}{more}"

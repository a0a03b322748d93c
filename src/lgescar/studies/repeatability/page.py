"""What people and machines read of repeatability: sentences by rule, tables, rows, picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lgescar.evaluate.agreement import Agreement
from lgescar.evaluate.layout import Section, Table, as_markdown
from lgescar.evaluate.pages import interval, number
from lgescar.evaluate.summary import Spread
from lgescar.evaluate.tables import record_text, rows_csv, write_files
from lgescar.studies.compare import FEWEST
from lgescar.studies.page import PAGE, PICTURE, RECORD
from lgescar.studies.repeatability.picture import draw, headline
from lgescar.studies.repeatability.rows import DICES, QUANTITIES
from lgescar.studies.repeatability.tables import (
    ALL,
    SCARRED,
    CccDifference,
    Compared,
    Repeated,
)

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
HEAD = (
    "",
    "CCC (95 % interval)",
    "ICC(2,1)",
    "ICC(3,1)",
    "bias (95 % interval)",
    "lower limit (95 % interval)",
    "upper limit (95 % interval)",
    "variation, %",
    "patients",
    "undefined",
)
OVERVIEW_HEAD = (
    "",
    "patients",
    "CCC (95 % interval)",
    "bias",
    "limits",
    "Dice of scar",
    "pairs",
    "",
)
SIDE_BY_SIDE = "Repeatable is not right: two readers can make the same error."
MOST_NAMED = 12
"""Patients a sentence names; all are in the record."""
DICE_HEAD = ("", "mean ± SD", "95 % interval", "median (IQR)", "patients", "both empty")


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
    lines = [f"# {found.title}", "", TRUE_QUESTION if found.differences else QUESTION, ""]
    lines += ["## What came out", "", *(f"* {one}" for one in conclusions(found)), ""]
    lines += [RULE, ""] if found.differences else []
    lines += [f"![readings against each other, and Bland-Altman]({PICTURE})", ""]
    lines.append(as_markdown(_sections(found)))
    about = found.record["machine"]
    lines += [
        "## Where it comes from",
        "",
        f"`{found.record['command']}`",
        "",
        f"Version {found.record['version']}, {about['processor']}, {about['cores']} cores, Python "
        f"{about['python']}. A row a patient in {ROWS}; SHA-256 of the labels in {RECORD}.",
        "",
    ]
    return "\n".join(lines)


def write(found: Repeated, out: Path) -> None:
    """``study.json``, ``study.md``, ``study.png`` and ``patients.csv`` in ``out``."""
    flat = [row.flat() for row in found.rows]
    files = {RECORD: record_text(as_json(found)), PAGE: markdown(found)}
    write_files(out, {**files, ROWS: rows_csv(list(flat[0]) if flat else ["method"], flat)})
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
        f"{_pair(found.pair.kind, found.pair.first, found.pair.second)}, "
        f"{QUANTITIES[found.quantity]}: {found.method} {verdict} (CCC {number(found.ccc, 3)} "
        f"against {number(found.ccc_baseline, 3)} by {found.baseline}, difference "
        f"{number(found.difference, 3)}, 95 % interval {interval(found.interval, 3)}; "
        f"{found.patients} patients with scar)."
    )


def _nearness(found: Compared, quantity: str) -> str:
    near, overlap = found.agreement[quantity], found.dice["dice_scar"]
    pair = _pair(found.pair.kind, found.pair.first, found.pair.second)
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
        each = [c.agreement[quantity] for c in ours if c.pair.kind == "inter-observer"]
        true = [c.agreement[quantity] for c in ours if c.pair.kind == "truth"]
        if not each or not true:
            continue
        said.append(
            f"{method}: readers agree with each other by CCC "
            f"{', '.join(number(a.ccc, 3) for a in each)}, with the truth by "
            f"{', '.join(number(a.ccc, 3) for a in true)} (bias "
            f"{', '.join(number(a.bias, PLACES) for a in true)}; Dice of scar {_dices(ours, True)} "
            f"with the truth, {_dices(ours, False)} with each other): {_verdict(each, true)}."
        )
    return said


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


def _dices(compared: Sequence[Compared], true: bool) -> str:
    """Mean Dice of scar of each comparison with the truth, or between readers."""
    kind = "truth" if true else "inter-observer"
    means = [c.dice["dice_scar"].mean for c in compared if c.pair.kind == kind]
    return ", ".join(number(mean, 3) for mean in means)


def _sections(found: Repeated) -> list[Section]:
    sections = [Section("Side by side", SIDE_BY_SIDE, (_overview(found),))]
    for one in _shown(found):
        pair = _pair(one.pair.kind, one.pair.first, one.pair.second)
        text = f"Patients: {one.patients}; without scar in both readings: {one.both_empty}."
        if not one.enough:
            text += " Too few patients to evaluate: fewer than 6."
        tables: tuple[Table, ...] = (_agreement(one.agreement), _dice(one.dice))
        sections.append(Section(f"{one.method}, {pair}: {one.group}", text, tables))
    if found.all_readers:
        rows = tuple(
            (QUANTITIES[a.quantity], number(a.icc_2_1, 3), number(a.icc_3_1, 3), str(a.patients))
            for a in found.all_readers
            if a.icc_2_1 is not None
        )
        readers = ", ".join(found.all_readers[0].readers)
        head = ("", "ICC(2,1)", "ICC(3,1)", "patients")
        sections.append(Section("All readers", f"First sessions: {readers}.",
                                (Table("quantity", head, rows),)))  # fmt: skip
    if found.seconds:
        rows = tuple(
            (
                name,
                f"{number(s.median, 0)} ({interval(s.iqr, 0)})",
                str(s.patients - s.undefined),
                str(s.undefined),
            )
            for name, s in found.seconds.items()
        )
        head = ("", "median seconds a patient (IQR)", "patients", "without a time")
        sections.append(Section("Reading times", "As reading.json has them.",
                                (Table("session", head, rows),)))  # fmt: skip
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
    rows = tuple(
        (
            f"{c.method}, {_pair(c.pair.kind, c.pair.first, c.pair.second)}",
            c.group,
            _with(number(a.ccc, 3), interval(a.ccc_interval, 3)),
            number(a.bias, PLACES),
            _limits(a),
            number(c.dice["dice_scar"].mean, 3),
            str(a.patients),
            "" if c.enough else "too few patients",
        )
        for c in _shown(found)
        for a in (c.agreement[quantity],)
    )
    return Table(QUANTITIES[quantity], OVERVIEW_HEAD, rows)


def _agreement(found: Mapping[str, Agreement]) -> Table:
    rows = tuple(
        (
            QUANTITIES[quantity],
            _with(number(a.ccc, 3), interval(a.ccc_interval, 3)),
            number(a.icc_2_1, 3),
            number(a.icc_3_1, 3),
            _with(number(a.bias, PLACES), interval(a.bias_interval, PLACES)),
            _with(number(a.lower_limit, PLACES), interval(a.lower_limit_interval, PLACES)),
            _with(number(a.upper_limit, PLACES), interval(a.upper_limit_interval, PLACES)),
            number(a.coefficient_of_variation_percent, 1),
            str(a.patients),
            str(a.undefined),
        )
        for quantity, a in found.items()
        if a.bias is not None
    )
    return Table("second minus first", HEAD, rows)


def _dice(found: Mapping[str, Spread]) -> Table:
    rows = tuple(
        (
            DICES[name],
            number(s.mean, 3) + ("" if s.sd is None else f" ± {s.sd:.3f}"),
            interval(s.interval, 3),
            _with(number(s.median, 3), interval(s.iqr, 3)),
            str(s.patients - s.undefined),
            str(s.undefined),
        )
        for name, s in found.items()
        if s.mean is not None
    )
    return Table("overlap", DICE_HEAD, rows)


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


def _pair(kind: str, first: str, second: str) -> str:
    return f"{second} against the truth" if kind == "truth" else f"{kind} {first} and {second}"


def _limits(found: Agreement) -> str:
    if found.lower_limit is None or found.upper_limit is None:
        return ""
    return interval((found.lower_limit, found.upper_limit), PLACES)


def _few(names: Sequence[str]) -> str:
    """How many, and the first of them."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{len(names)} patients: {', '.join(names[:MOST_NAMED])}{more}"


def _with(value: str, ends: str) -> str:
    return f"{value} ({ends})" if ends else value

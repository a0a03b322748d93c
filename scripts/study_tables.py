"""The tables of docs/explain/studies.md, from benchmarks/results; called by results_tables.py."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import inf
from typing import Any

from msgspec import convert

from lgescar.evaluate.pages import cohort_sections, emidec_sections, strata_sections
from lgescar.evaluate.strata import GRADE, Stratum
from lgescar.evaluate.summary import CohortSummary, EmidecSummary
from lgescar.evaluate.table import (
    Cell,
    Columns,
    Section,
    Table,
    as_markdown,
    interval,
    mean_cell,
    number,
    number_cell,
    pipes,
    range_cell,
    table,
    text_cell,
    value_of,
)
from lgescar.measure.features import WORDS
from lgescar.studies.page import metric_table
from lgescar.studies.phenotype.page import p_words
from lgescar.studies.repeatability.tables import SCARRED
from lgescar.studies.request import Finding
from lgescar.studies.scores import METRICS

Row = dict[str, Any]
EARLIER = (
    ("never taught on it", "not trained on it"),
    ("taught on", "trained on"),
    ("told apart", "distinguished"),
    ("not judged", "not evaluated"),
    ("a fold that never met them", "a cross-validation fold that held them out"),
    ("is what is looked for", "is the positive group"),
)
"""Words of results that earlier versions stored, and today's."""
MASS = "agreement.scar_mass_g"
REPEATABILITY: Columns = {
    "method": text_cell("method"),
    "CCC (95 % interval)": lambda one: (
        f"{number(value_of(one, f'{MASS}.ccc'), 3)} "
        f"({interval(value_of(one, f'{MASS}.ccc_interval'), 2)})"
    ),
    "ICC(2,1)": number_cell(f"{MASS}.icc_2_1", 3),
    "bias, g": lambda one: f"{value_of(one, f'{MASS}.bias'):+.1f}",
    "95 % limits, g": lambda one: interval(
        [value_of(one, f"{MASS}.{end}_limit") for end in ("lower", "upper")], 1
    ),
    "Dice of scar": number_cell("dice.dice_scar.mean", 3),
    "patients": text_cell(f"{MASS}.patients"),
}


def _value(path: str) -> Cell:
    """A number of a learner and its interval."""
    return range_cell(f"{path}.value", 2, f"{path}.interval")


PHENOTYPE: Columns = {
    "features": text_cell("features"),
    "XGBoost AUC": _value("xgboost.auc"),
    "sensitivity": _value("xgboost.sensitivity"),
    "specificity": _value("xgboost.specificity"),
    "Brier": _value("xgboost.brier"),
    "logistic AUC": _value("logistic.auc"),
}


def _known(part: str, cell: Cell) -> Cell:
    """The cell of the ``chances`` or the ``ranges`` of a cohort, a dash where it has none."""
    return lambda found: (cell(found[part]) or "–") if found.get(part) else "–"


CALIBRATION: Columns = {
    "patients": _known("chances", text_cell("patients")),
    "pixels of wall": _known("chances", lambda found: f"{found['pixels']:,}"),
    "calibration error (95 % interval)": _known(
        "chances", range_cell("expected_error", 3, "interval")
    ),
    "scar inside the range": _known(
        "ranges", lambda found: "{inside} of {patients}".format(**found["everyone"])
    ),
    "median width, % of LV": _known("ranges", number_cell("median_width_percent", 1)),
    "flagged to look at": _known("ranges", text_cell("flagged")),
    "error if flagged, % of LV": _known("ranges", mean_cell("error_flagged", 1)),
    "error if not": _known("ranges", mean_cell("error_unflagged", 1)),
}
LABELS_OF = re.compile(r"Labels of (\S+) that taught")


def current_words(text: str) -> str:
    """A stored sentence in the words of this version."""
    for before, now in EARLIER:
        text = text.replace(before, now)
    return LABELS_OF.sub(r"Training labels of \1", text)


def conclusions(stored: Row) -> str:
    """What a study says, a sentence a line, and its conditions."""
    said = [f"* {one}" for one in [*stored["conclusions"], *stored.get("remarks", ())]]
    return "\n".join([*said, "", origin(stored)])


def origin(stored: Row) -> str:
    """Where a study's numbers come from."""
    about, seeds = stored["machine"], ", ".join(map(str, stored["seeds"]["runs"]))
    patients = stored.get("evaluated", stored.get("asked"))
    if "masks" in stored:
        patients = next(iter(patients.values()))
    return (
        f"`{stored['command']}`, version {stored['version']}, seeds {seeds}, {len(patients)} "
        f"patients evaluated; {about['processor']}, {about['cores']} cores."
    )


def repeatability(stored: Row) -> str:
    """A row a pair of sessions: how alike readings are by each method, and how right."""
    found = [one for one in stored["comparisons"] if one["group"] == SCARRED]
    rows = [(f"{one['kind']}: {one['second']} minus {one['first']}", one) for one in found]
    order = list(dict.fromkeys(words for words, _ in rows))
    rows.sort(key=lambda row: order.index(row[0]))
    return grid("scar mass of patients with scar", REPEATABILITY, rows)


def phenotype(stored: Row) -> str:
    """A row a kind of mask and set of features: how well each learner separates the groups."""
    rows = [
        (masks, {**learned, "features": features})
        for masks, found in stored["masks"].items()
        for features, learned in found["learned"].items()
    ]
    return grid("masks", PHENOTYPE, rows)


def contrasts(stored: Row) -> str:
    """A row a feature: medians of both groups by true and by predicted masks."""
    head: list[str] = []
    rows: dict[str, list[str]] = {}
    for masks, found in stored["masks"].items():
        head += [f"{masks}: {group}, median" for group in stored["groups"]] + ["Holm p"]
        for one in found["contrasts"]:
            medians = [number(one[side][1], 2) for side in ("first", "second")]
            rows.setdefault(one["feature"], [WORDS[one["feature"]]])
            rows[one["feature"]] += [*medians, p_words(one["p_holm"])]
    filled = Table("feature", ("", *head), tuple(tuple(row) for row in rows.values()))
    return "\n".join(pipes(filled))


def grid(first: str, columns: Columns, rows: Iterable[tuple[str, Any]]) -> str:
    """A table in Markdown."""
    return "\n".join(pipes(table(first, columns, rows)))


def means(stored: Row, metric: str) -> str:
    """A row a variant, as the study's own page has it."""
    found = convert({**stored, "title": stored["study"], "record": {}}, Finding)
    return f"{METRICS[metric].words}:\n\n" + "\n".join(pipes(metric_table(metric, found)))


def cohort(stored: Row, mode: str, name: str) -> str:
    """Every table of one cohort, as ``lgescar evaluate`` writes them."""
    _, section = cohort_sections([summary(stored[mode]["cohorts"][name])])
    return as_markdown([section]).split("\n", 2)[2].rstrip()


def strata(stored: Row, mode: str) -> str:
    """Scores of each cohort by the grade of its images and by their contrast."""
    shown = (GRADE, "cnr_scar_remote", "edge_width_mm")
    rows = [row for row in stored[mode]["strata"] if row["by"] in shown]
    return _tables(strata_sections(convert(rows, list[Stratum]), []))


def as_emidec(stored: Row, mode: str, name: str) -> str:
    """A cohort by the rules of the EMIDEC challenge."""
    found = {**stored[mode]["emidec"][name], "cohort": name}
    return _tables(emidec_sections([convert(found, EmidecSummary)]))


def calibration(stored: Row, mode: str) -> str:
    """A row a cohort: chances and ranges against the reference, and errors of flagged patients."""
    rows = [
        (name, cohort.get("calibration") or {}) for name, cohort in stored[mode]["cohorts"].items()
    ]
    return grid("cohort", CALIBRATION, rows)


def _tables(sections: Sequence[Section]) -> str:
    """Headings one step down: a page of several studies holds them."""
    return as_markdown(sections).replace("## ", "#### ").rstrip()


def summary(stored: Row) -> CohortSummary:
    """A cohort's summary, back from its JSON, which has no infinity."""
    sizes = [{**size, "high_mm2": size["high_mm2"] or inf} for size in stored["lesions"]["by_size"]]
    return convert({**stored, "lesions": {**stored["lesions"], "by_size": sizes}}, CohortSummary)

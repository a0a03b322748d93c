"""The tables of docs/explain/studies.md, from benchmarks/results; called by results_tables.py."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from lgescar.evaluate.agreement import Agreement
from lgescar.evaluate.calibration import Chances
from lgescar.evaluate.calibration_pages import error_words, spread_words
from lgescar.evaluate.layout import Section, as_markdown
from lgescar.evaluate.pages import (
    cohort_sections,
    emidec_sections,
    interval,
    number,
)
from lgescar.evaluate.strata import GRADE, Stratum
from lgescar.evaluate.strata_pages import strata_sections
from lgescar.evaluate.summary import CohortSummary, EmidecSummary, Lesions, Spread
from lgescar.measure.features import WORDS
from lgescar.metrics.calibration import ChanceBin
from lgescar.metrics.detection import SizeRecall
from lgescar.studies.compare import Difference, Mean
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
    ("is what is looked for", "is the positive group"),
)
"""Words of results that earlier versions stored, and today's."""
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
    head = (
        "scar mass of patients with scar",
        "method",
        "CCC (95 % interval)",
        "ICC(2,1)",
        "bias, g",
        "95 % limits, g",
        "Dice of scar",
        "patients",
    )
    rows = []
    for found in stored["comparisons"]:
        if found["group"] != SCARRED:
            continue
        mass, dice = found["agreement"]["scar_mass_g"], found["dice"]["dice_scar"]
        limits = interval((mass["lower_limit"], mass["upper_limit"]), 1)
        rows.append(
            (
                f"{found['kind']}: {found['second']} minus {found['first']}",
                found["method"],
                f"{number(mass['ccc'], 3)} ({interval(mass['ccc_interval'], 2)})",
                number(mass["icc_2_1"], 3),
                f"{mass['bias']:+.1f}",
                limits,
                number(dice["mean"], 3),
                str(mass["patients"]),
            )
        )
    order = list(dict.fromkeys(row[0] for row in rows))
    return pipes(head, sorted(rows, key=lambda row: order.index(row[0])))


def phenotype(stored: Row) -> str:
    """A row a kind of mask and set of features: how well each learner tells the groups apart."""
    head = (
        "masks",
        "features",
        "XGBoost AUC",
        "sensitivity",
        "specificity",
        "Brier",
        "logistic AUC",
    )
    rows = [
        (
            masks,
            features,
            _value(learned["xgboost"]["auc"]),
            _value(learned["xgboost"]["sensitivity"]),
            _value(learned["xgboost"]["specificity"]),
            _value(learned["xgboost"]["brier"]),
            _value(learned["logistic"]["auc"]),
        )
        for masks, found in stored["masks"].items()
        for features, learned in found["learned"].items()
    ]
    return pipes(head, rows)


def contrasts(stored: Row) -> str:
    """A row a feature: medians of both groups by true and by predicted masks."""
    groups = stored["groups"]
    head = ["feature"]
    rows: dict[str, list[str]] = {}
    for masks, found in stored["masks"].items():
        head += [f"{masks}: {group}, median" for group in groups] + ["Holm p"]
        for one in found["contrasts"]:
            medians = [number(one[side][1], 2) for side in ("first", "second")]
            rows.setdefault(one["feature"], [WORDS[one["feature"]]])
            rows[one["feature"]] += [*medians, p_words(one["p_holm"])]
    return pipes(head, [tuple(row) for row in rows.values()])


def pipes(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _value(found: Row) -> str:
    return f"{number(found['value'], 2)} ({interval(found['interval'], 2)})"


def means(stored: Row, metric: str) -> str:
    """A row a variant, as the study's own page has it."""
    found = Finding(
        title=stored["study"],
        question=stored["question"],
        baselines=stored["baselines"],
        means=tuple(Mean(**_pairs(mean)) for mean in stored["means"]),
        differences=tuple(Difference(**_pairs(one)) for one in stored["differences"]),
        remarks=(),
        record={},
    )
    return f"{METRICS[metric].words}:\n\n" + "\n".join(metric_table(metric, found))


def cohort(stored: Row, mode: str, name: str) -> str:
    """Every table of one cohort, as ``lgescar evaluate`` writes them."""
    _, section = cohort_sections([summary(stored[mode]["cohorts"][name])])
    return as_markdown([section]).split("\n", 2)[2].rstrip()


def strata(stored: Row, mode: str) -> str:
    """Scores of each cohort by the grade of its images and by their contrast."""
    shown = (GRADE, "cnr_scar_remote", "edge_width_mm")
    rows = [Stratum(**_nested(row)) for row in stored[mode]["strata"] if row["by"] in shown]
    return _tables(strata_sections(rows, []))


def as_emidec(stored: Row, mode: str, name: str) -> str:
    """A cohort by the rules of the EMIDEC challenge."""
    found = stored[mode]["emidec"][name]
    groups = {g: _spreads(found[g]) for g in ("everyone", "with_scar", "without_scar")}
    return _tables(emidec_sections([EmidecSummary(name, **groups)]))


def calibration(stored: Row, mode: str) -> str:
    """A row a cohort: chances and ranges against the reference, and what the note to look says."""
    head = (
        "cohort",
        "patients",
        "pixels of wall",
        "calibration error (95 % interval)",
        "scar inside the range",
        "median width, % of LV",
        "flagged to look at",
        "error if flagged, % of LV",
        "error if not",
    )
    rows = []
    for name, cohort in stored[mode]["cohorts"].items():
        found = cohort.get("calibration") or {}
        chances, ranges = found.get("chances"), found.get("ranges")
        numbers = ("–",) * 3 if chances is None else _chances(chances)
        rows.append((name, *numbers, *(("–",) * 5 if ranges is None else _ranges(ranges))))
    return pipes(head, rows)


def _chances(stored: Row) -> tuple[str, ...]:
    bins = tuple(ChanceBin(**one) for one in stored["bins"])
    error = error_words(Chances(**{**_pairs(stored), "bins": bins}))
    return str(stored["patients"]), f"{stored['pixels']:,}", error


def _ranges(stored: Row) -> tuple[str, ...]:
    every = stored["everyone"]
    errors = (stored[f"error_{group}"] for group in ("flagged", "unflagged"))
    return (
        f"{every['inside']} of {every['patients']}",
        number(stored["median_width_percent"], 1),
        str(stored["flagged"]),
        *(spread_words(Spread(**_pairs(error))) or "–" for error in errors),
    )


def _tables(sections: Sequence[Section]) -> str:
    """Headings one step down: a page of several studies holds them."""
    return as_markdown(sections).replace("## ", "#### ").rstrip()


def _nested(stored: Row) -> Row:
    return {k: Spread(**_pairs(v)) if isinstance(v, dict) else v for k, v in stored.items()}


def summary(stored: Row) -> CohortSummary:
    """A cohort's summary, back from its JSON."""
    lesions = stored["lesions"]
    by_size = tuple(SizeRecall(**_known(s, SizeRecall)) for s in lesions["by_size"])
    return CohortSummary(
        cohort=stored["cohort"],
        patients=tuple(stored["patients"]),
        outcomes=stored["outcomes"],
        invented_over_2_percent=stored["invented_over_2_percent"],
        with_scar=_spreads(stored["with_scar"]),
        without_scar=_spreads(stored["without_scar"]),
        agreement={k: Agreement(**_pairs(v)) for k, v in stored["agreement"].items()},
        lesions=Lesions(**{**lesions, "by_size": by_size}),
    )


def _spreads(stored: Row) -> dict[str, Spread]:
    return {name: Spread(**_pairs(spread)) for name, spread in stored.items()}


def _pairs(stored: Row) -> Row:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}


def _known(stored: Row, cls: type) -> Row:
    return {
        name: stored[name] if stored[name] is not None else float("inf")
        for name in cls.__dataclass_fields__
    }  # type: ignore[attr-defined]  # a dataclass

"""The study's page: conclusions by rule, then the tables behind them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lgescar.core.provenance import now
from lgescar.evaluate.layout import Section as Part
from lgescar.evaluate.layout import Table, as_markdown
from lgescar.measure.features import WORDS
from lgescar.studies.phenotype.contrast import Contrast, Quartiles
from lgescar.studies.phenotype.finding import Learned, PhenotypeFinding, Section
from lgescar.studies.phenotype.score import LearnerScore, Value

PICTURE, SUMMARY, DEPENDENCE = "study.png", "shap.png", "dependence.png"
PAGE, RECORD, FEATURES = "study.md", "study.json", "features.csv"
SMALL_GROUP = 30
"""Fewer in a group, and the page warns. Ours: the interval of an AUC is then wider than 0.2."""
PAPER_P = {"area_mm2": 4.8e-7, "components": 0.03, "solidity": 1.4e-7, "circularity": 1.7e-4}
"""Source: arXiv 2506.21151, acute against chronic, unadjusted."""
RULE = (
    "Rule: two groups are called distinguished where the 95 % interval of the AUC lies above 0.5, "
    "one learner better than the other where that of the difference leaves out 0, and a feature "
    "different where its Mann-Whitney p after Holm is below 0.05. Intervals are bootstrapped over "
    "patients; they hold no chance of learning anew on other patients. Every patient was predicted "
    "by models that never saw any mask of that patient."
)


def markdown(found: PhenotypeFinding) -> str:
    """The whole study for people."""
    lines = [f"# {found.title}", "", "## What came out", ""]
    lines += [f"* {sentence}" for sentence in [*conclusions(found), *remarks(found)]]
    lines += ["", RULE, "", f"![ROC and calibration]({PICTURE})", ""]
    lines += [f"![SHAP of every feature]({SUMMARY})", ""]
    lines += [f"![SHAP against the value]({DEPENDENCE})", ""]
    return "\n".join([*lines, ""]) + as_markdown(_parts(found)) + _origin(found)


def as_json(found: PhenotypeFinding) -> dict[str, Any]:
    """The whole study for machines."""
    return {
        **found.record,
        "created": now(),
        "conclusions": conclusions(found),
        "remarks": remarks(found),
        "masks": {one.masks.words: _section_json(one) for one in found.sections},
    }


def _section_json(one: Section) -> dict[str, Any]:
    masks = one.masks
    counts = {g: sum(row.group == g for row in masks.rows) for g in masks.groups}
    return {
        "with_scar": counts,
        "without_scar": masks.without_scar,
        "in_both": len(masks.in_both),
        "unusable": list(one.unusable),
        "contrasts": [asdict(c) for c in one.contrasts],
        "learned": {part.name: _learned_json(part) for part in one.learned},
    }


def _learned_json(part: Learned) -> dict[str, Any]:
    return {
        "features": list(part.features),
        "xgboost": asdict(part.xgboost),
        "logistic": asdict(part.logistic),
        "auc_xgboost_minus_logistic": asdict(part.difference),
        "mean_absolute_shap": dict(part.by_weight()),
    }


def conclusions(found: PhenotypeFinding) -> list[str]:
    """Sentences by the rule: how well, by which features, for each kind of mask."""
    out = []
    for one in found.sections:
        first, second = one.masks.groups
        out.append(f"{one.masks.words}: {_counts(one)}. {second} is the positive group.")
        out += [f"{one.masks.words}, {_of_set(part, (first, second))}" for part in one.learned]
        out.append(f"{one.masks.words}: {_differing(one)}")
    return out


def remarks(found: PhenotypeFinding) -> list[str]:
    """What limits the conclusions."""
    out = []
    for one in found.sections:
        words = one.masks.words
        if one.masks.in_both:
            out.append(
                f"{words}: {len(one.masks.in_both)} patients, known by file name, are in both "
                "groups; each stays within one fold and is drawn as one, but the Mann-Whitney "
                "test takes their masks for independent."
            )
        if one.unusable:
            names = "; ".join(WORDS[name] for name in one.unusable)
            out.append(f"{words}: unknown in more than a tenth of a group, left out: {names}.")
        for group, count in _with_scar(one).items():
            if count < SMALL_GROUP:
                out.append(f"{words}: only {count} patients of {group}; the intervals are wide.")
    out.append(
        "Groups from different scanners, hospitals or readers differ by more than their scar: a "
        "high AUC may then show who drew the outlines."
    )
    return out


def p_words(p: float) -> str:
    """Three decimals, or one digit and the power of ten below 0.001."""
    return f"{p:.3f}" if p >= 0.001 else f"{p:.1e}".replace("e-0", "e-")


def _of_set(part: Learned, groups: tuple[str, str]) -> str:
    trees, plain = part.xgboost, part.logistic
    low = (trees.auc.interval or (0.0, 1.0))[0]
    found = "distinguished" if low > 0.5 else "not shown to be distinguished"
    verdict = "no difference seen"
    if part.difference.interval is not None:
        lower, upper = part.difference.interval
        verdict = "better" if lower > 0 else "worse" if upper < 0 else verdict
    weighty = "; ".join(WORDS[name] for name, _ in part.by_weight()[:3])
    return (
        f"features {part.name}: {groups[0]} and {groups[1]} {found}, XGBoost AUC "
        f"{_value(trees.auc)}; sensitivity {_value(trees.sensitivity)}, specificity "
        f"{_value(trees.specificity)}. Against logistic regression (AUC {_value(plain.auc)}): "
        f"{verdict} ({_value(part.difference, signed=True)}). Weightiest: {weighty}."
    )


def _differing(one: Section) -> str:
    _, second = one.masks.groups
    unlike = [
        f"{WORDS[c.feature]} {'larger' if c.larger_in_second > 0.5 else 'smaller'} in {second} "
        f"(Holm p {p_words(c.p_holm)})"
        for c in one.contrasts
        if c.p_holm < 0.05
    ]
    alike = len(one.contrasts) - len(unlike)
    rest = (
        f"in the other {alike} features no difference was seen" if unlike else "no feature differs"
    )
    return f"{'; '.join([*unlike, rest] if alike or not unlike else unlike)}."


def _parts(found: PhenotypeFinding) -> list[Part]:
    parts = []
    for one in found.sections:
        first, second = one.masks.groups
        rows = [_contrast_row(c) for c in one.contrasts]
        head = ("", f"{first}, median (IQR)", f"{second}, median (IQR)", f"AUC for {second}")
        tail = ("p", "Holm p", "p, acute against chronic in arXiv 2506.21151", "unknown")
        models = [
            _model_row(f"{part.name}, {learner}", score)
            for part in one.learned
            for learner, score in (("XGBoost", part.xgboost), ("logistic", part.logistic))
        ]
        weights = [
            (WORDS[name], *(_weight(part, name) for part in one.learned))
            for name in WORDS
            if any(name in part.features for part in one.learned)
        ]
        measures = ("", "AUC", "AUC by seed", "sensitivity", "specificity", "Brier score")
        tables = (
            Table("feature", (*head, *tail), tuple(rows)),
            Table("features, learner", measures, tuple(models)),
            Table("mean |SHAP|, log odds", ("", *(p.name for p in one.learned)), tuple(weights)),
        )
        parts.append(Part(one.masks.words[:1].upper() + one.masks.words[1:], _note(one), tables))
    return parts


def _note(one: Section) -> str:
    counts = _with_scar(one)
    share = counts[one.masks.groups[1]] / sum(counts.values())
    return (
        f"{_counts(one)}. Someone who knows only the groups' shares has a Brier score of "
        f"{share * (1 - share):.3f}. 95 % intervals in brackets."
    )


def _contrast_row(one: Contrast) -> tuple[str, ...]:
    paper = PAPER_P.get(one.feature)
    return (
        WORDS[one.feature],
        _quartiles(one.first),
        _quartiles(one.second),
        f"{one.larger_in_second:.2f}",
        p_words(one.p),
        p_words(one.p_holm),
        "" if paper is None else p_words(paper),
        str(one.unknown),
    )


def _model_row(words: str, score: LearnerScore) -> tuple[str, ...]:
    seeds = f"{min(score.auc_by_seed):.2f} to {max(score.auc_by_seed):.2f}"
    values = (score.sensitivity, score.specificity)
    return (words, _value(score.auc), seeds, *map(_value, values), _value(score.brier, places=3))


def _weight(part: Learned, name: str) -> str:
    return f"{dict(part.by_weight())[name]:.2f}" if name in part.features else ""


def _with_scar(one: Section) -> dict[str, int]:
    return {g: sum(row.group == g for row in one.masks.rows) for g in one.masks.groups}


def _counts(one: Section) -> str:
    counts = " and ".join(f"{n} {g}" for g, n in _with_scar(one).items())
    without = " and ".join(f"{n} {g}" for g, n in one.masks.without_scar.items() if n)
    return f"{counts} patients with scar" + (f" ({without} without left out)" if without else "")


def _value(one: Value, *, signed: bool = False, places: int = 2) -> str:
    spelt = f"{'+' if signed else ''}.{places}f"
    if one.interval is None:
        return format(one.value, spelt)
    low, high = one.interval
    return f"{one.value:{spelt}} ({low:{spelt}} to {high:{spelt}})"


def _quartiles(found: Quartiles) -> str:
    low, middle, high = found
    places = 0 if abs(middle) >= 100 else 1 if abs(middle) >= 10 else 2
    return f"{middle:.{places}f} ({low:.{places}f} to {high:.{places}f})"


def _origin(found: PhenotypeFinding) -> str:
    record = found.record
    about, seeds = record["machine"], ", ".join(map(str, record["seeds"]["runs"]))
    return (
        f"\n## Where it comes from\n\n`{record['command']}`\n\n"
        f"Version {record['version']}, {about['processor']}, {about['cores']} cores, Python "
        f"{about['python']}. Seeds {seeds}; {record['folds']} folds, grouped by patient. A row a "
        f"patient in {FEATURES}; SHA-256 of every label file in {RECORD}.\n"
    )

"""The study's page: conclusions by rule, then the tables behind them."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

from lgescar.core.provenance import now
from lgescar.evaluate.table import Columns, Section, number_cell, table, text_cell, with_interval
from lgescar.measure.features import WORDS
from lgescar.studies.phenotype.contrast import Quartiles
from lgescar.studies.phenotype.finding import Learned, MasksFinding, PhenotypeFinding
from lgescar.studies.phenotype.score import Value
from lgescar.studies.show import PICTURE, RECORD, page

SUMMARY, DEPENDENCE, FEATURES = "shap.png", "dependence.png", "features.csv"
SMALL_GROUP = 30
"""Fewer in a group, and the page warns. Ours: the interval of an AUC is then wider than 0.2."""
PAPER_P = {"area_mm2": 4.8e-7, "components": 0.03, "solidity": 1.4e-7, "circularity": 1.7e-4}
"""Source: arXiv 2506.21151, acute against chronic, unadjusted."""
LEARNER: Columns = {
    "AUC": lambda s: _value(s.auc),
    "AUC by seed": lambda s: f"{min(s.auc_by_seed):.2f} to {max(s.auc_by_seed):.2f}",
    "sensitivity": lambda s: _value(s.sensitivity),
    "specificity": lambda s: _value(s.specificity),
    "Brier score": lambda s: _value(s.brier, places=3),
}
RULE = (
    "Rule: two groups are called distinguished where the 95 % interval of the AUC lies above 0.5, "
    "one learner better than the other where that of the difference leaves out 0, and a feature "
    "different where its Mann-Whitney p after Holm is below 0.05. Intervals are bootstrapped over "
    "patients; they hold no chance of learning anew on other patients. Every patient was predicted "
    "by models that never saw any mask of that patient."
)


def markdown(found: PhenotypeFinding) -> str:
    """The whole study for people."""
    record = found.record
    seeds = ", ".join(map(str, record["seeds"]["runs"]))
    more = (
        f"Seeds {seeds}; {record['folds']} folds, grouped by patient. A row a patient in "
        f"{FEATURES}; SHA-256 of every label file in {RECORD}."
    )
    return page(
        (found.title, "", RULE),
        [*conclusions(found), *remarks(found)],
        {
            "ROC and calibration": PICTURE,
            "SHAP of every feature": SUMMARY,
            "SHAP against the value": DEPENDENCE,
        },
        _parts(found),
        (record, more),
    )


def as_json(found: PhenotypeFinding) -> dict[str, Any]:
    """The whole study for machines."""
    return {
        **found.record,
        "created": now(),
        "conclusions": conclusions(found),
        "remarks": remarks(found),
        "masks": {one.masks.words: _section_json(one) for one in found.sections},
    }


def _section_json(one: MasksFinding) -> dict[str, Any]:
    return {
        "with_scar": _with_scar(one),
        "without_scar": one.masks.without_scar,
        "in_both": len(one.masks.in_both),
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


def _differing(one: MasksFinding) -> str:
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


def _parts(found: PhenotypeFinding) -> list[Section]:
    parts = []
    for one in found.sections:
        models = (
            (f"{part.name}, {learner}", score)
            for part in one.learned
            for learner, score in (("XGBoost", part.xgboost), ("logistic", part.logistic))
        )
        weights: Columns = {p.name: partial(_weight, p) for p in one.learned}
        used = [name for name in WORDS if any(name in p.features for p in one.learned)]
        tables = (
            table("feature", _features(one), ((WORDS[c.feature], c) for c in one.contrasts)),
            table("features, learner", LEARNER, models),
            table("mean |SHAP|, log odds", weights, ((WORDS[name], name) for name in used)),
        )
        parts.append(Section(one.masks.words[:1].upper() + one.masks.words[1:], _note(one), tables))
    return parts


def _features(one: MasksFinding) -> Columns:
    """Columns of the features that differ."""
    first, second = one.masks.groups
    return {
        f"{first}, median (IQR)": lambda c: _quartiles(c.first),
        f"{second}, median (IQR)": lambda c: _quartiles(c.second),
        f"AUC for {second}": number_cell("larger_in_second", 2),
        "p": lambda c: p_words(c.p),
        "Holm p": lambda c: p_words(c.p_holm),
        "p, acute against chronic in arXiv 2506.21151": lambda c: (
            p_words(PAPER_P[c.feature]) if c.feature in PAPER_P else ""
        ),
        "unknown": text_cell("unknown"),
    }


def _note(one: MasksFinding) -> str:
    counts = _with_scar(one)
    share = counts[one.masks.groups[1]] / sum(counts.values())
    return (
        f"{_counts(one)}. Someone who knows only the groups' shares has a Brier score of "
        f"{share * (1 - share):.3f}. 95 % intervals in brackets."
    )


def _weight(part: Learned, name: str) -> str:
    return f"{dict(part.by_weight())[name]:.2f}" if name in part.features else ""


def _with_scar(one: MasksFinding) -> dict[str, int]:
    return {g: sum(row.group == g for row in one.masks.rows) for g in one.masks.groups}


def _counts(one: MasksFinding) -> str:
    counts = " and ".join(f"{n} {g}" for g, n in _with_scar(one).items())
    without = " and ".join(f"{n} {g}" for g, n in one.masks.without_scar.items() if n)
    return f"{counts} patients with scar" + (f" ({without} without left out)" if without else "")


def _value(one: Value, *, signed: bool = False, places: int = 2) -> str:
    return with_interval(one.value, one.interval, places, signed=signed, minus="-")


def _quartiles(found: Quartiles) -> str:
    low, middle, high = found
    places = 0 if abs(middle) >= 100 else 1 if abs(middle) >= 10 else 2
    return f"{middle:.{places}f} ({low:.{places}f} to {high:.{places}f})"

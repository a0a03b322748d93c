"""Means, differences and what they may be called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lgescar.studies.compare import Answers, Difference, differences, means, verdict
from lgescar.studies.page import as_json, conclusions, markdown, sentence, write
from lgescar.studies.request import Finding, finding
from lgescar.studies.scores import ScarScore


def scored(dice: dict[str, float], grams: float | None = None) -> tuple[ScarScore, ...]:
    """Patients of cohort c; those with ``grams`` predicted have 10 g in the reference."""
    reference = None if grams is None else 10.0
    return tuple(ScarScore("c", p, d, None, None, reference, grams) for p, d in dice.items())


def eight(dice: float, step: float = 0.0) -> tuple[ScarScore, ...]:
    """Eight patients around a Dice, each a step better than the one before."""
    return scored({f"p{i}": dice + step * i for i in range(8)}, 9.0)


def of(found: tuple[Difference, ...], metric: str = "dice") -> Difference:
    (one,) = (d for d in found if d.metric == metric)
    return one


def test_a_mean_is_over_patients_after_seeds_and_the_spread_over_seeds() -> None:
    answers = [
        Answers("", "a", 1, scored({"p": 0.2, "q": 0.4})),
        Answers("", "a", 2, scored({"q": 0.8, "p": 0.4})),
    ]
    (dice,) = (m for m in means(answers, seed=1) if m.metric == "dice")
    # p: (0.2 + 0.4) / 2, q: (0.4 + 0.8) / 2; the seeds' own means are 0.3 and 0.6.
    assert dice.mean == pytest.approx(0.45)
    assert dice.by_seed == pytest.approx((0.3, 0.6))
    assert dice.seed_sd == pytest.approx(0.3 / 2**0.5)
    assert dice.interval == pytest.approx((0.3, 0.6))


def test_a_patient_without_a_value_with_one_seed_is_counted_and_left_out() -> None:
    answers = [
        Answers("", "a", 1, scored({"p": 0.2}, 9.0) + scored({"q": 0.5}, 8.0)),
        Answers("", "a", 2, scored({"p": 0.2}, 9.0) + scored({"q": 0.5})),
    ]
    (error,) = (m for m in means(answers, seed=1) if m.metric == "mass_error_g")
    assert (error.patients, error.undefined, error.mean) == (1, 1, 1.0)
    assert error.interval is None


def test_a_difference_is_taken_patient_by_patient() -> None:
    answers = [
        Answers("", "base", 1, eight(0.4, 0.05)),
        Answers("", "other", 1, tuple(reversed(eight(0.41, 0.06)))),
    ]
    found = of(differences(answers, {"": "base"}, seed=1))
    # 0.01 + 0.01 i for i in 0..7: mean 0.045, all above 0: signed-rank p = 2 / 2^8.
    assert found.mean == pytest.approx(0.045)
    assert found.p == pytest.approx(2 / 2**8)
    assert found.p_holm == found.p  # the only test of its metric
    assert found.verdict == "better"


def test_holm_counts_every_variant_of_every_group() -> None:
    answers = [
        Answers(group, variant, 1, eight(0.4 + 0.01 * place, 0.01 * place))
        for group in ("g", "h")
        for place, variant in enumerate(("base", "one", "two"))
    ]
    found = differences(answers, {"g": "base", "h": "base"}, seed=1)
    dice = [d for d in found if d.metric == "dice"]
    assert len(dice) == 4
    assert all(d.p == pytest.approx(2 / 2**8) for d in dice)
    assert max(d.p_holm or 0.0 for d in dice) == pytest.approx(4 * 2 / 2**8)


def test_a_variant_may_be_compared_with_another_one_too() -> None:
    answers = [Answers("", n, 1, eight(d)) for n, d in (("a", 0.1), ("b", 0.4), ("c", 0.6))]
    found = differences(answers, {"": "a"}, seed=1, against={"c": "b", "a": "a"})
    dice = [(d.variant, d.baseline, d.mean) for d in found if d.metric == "dice"]
    assert [(v, b) for v, b, _ in dice] == [("b", "a"), ("c", "a"), ("c", "b")]
    assert [m for *_, m in dice] == pytest.approx([0.3, 0.5, 0.2])
    # Holm counts all three, each with p = 2 / 2^8
    adjusted = [d.p_holm for d in found if d.metric == "dice"]
    assert adjusted == pytest.approx([3 * 2 / 2**8] * 3)


def test_more_grams_of_error_are_worse_and_less_dice_is_worse() -> None:
    answers = [
        Answers("", "base", 1, eight(0.5)),
        Answers("", "other", 1, tuple(ScarScore("c", s.patient, s.dice - 0.1, None, None, 10.0, 6.0)
                                      for s in eight(0.5))),
    ]  # fmt: skip
    found = differences(answers, {"": "base"}, seed=1)
    assert of(found).verdict == "worse"
    assert of(found, "mass_error_g").mean == pytest.approx(3.0)  # 4 g off in place of 1 g
    assert of(found, "mass_error_g").verdict == "worse"
    assert of(found, "mass_bias_g").verdict == "not evaluated"


@pytest.mark.parametrize(
    ("interval", "p_holm", "agreeing", "told"),
    [
        ((0.01, 0.03), 0.01, 3, "better"),
        ((-0.03, -0.01), 0.01, 3, "worse"),
        ((-0.01, 0.03), 0.01, 3, "no difference seen"),
        ((0.01, 0.03), 0.05, 3, "no difference seen"),
        ((0.01, 0.03), 0.01, 2, "no difference seen"),
        (None, 0.01, 3, "too few patients"),
        ((0.01, 0.03), None, 3, "too few patients"),
    ],
)
def test_the_rule(
    interval: tuple[float, float] | None, p_holm: float | None, agreeing: int, told: str
) -> None:
    assert verdict(1, interval, p_holm, agreeing, 3) == told


def test_where_less_is_better_the_words_turn_round() -> None:
    assert verdict(-1, (0.01, 0.03), 0.01, 1, 1) == "worse"
    assert verdict(-1, (-0.03, -0.01), 0.01, 1, 1) == "better"


def test_five_patients_are_too_few_to_judge() -> None:
    five = [eight(0.4)[:5], eight(0.6, 0.01)[:5]]
    answers = [Answers("", v, 1, s) for v, s in zip(("base", "other"), five, strict=True)]
    found = of(differences(answers, {"": "base"}, seed=1))
    assert (found.p, found.verdict) == (None, "too few patients")


def test_no_patient_in_common_is_no_difference() -> None:
    answers = [
        Answers("", "base", 1, scored({"p": 0.4})),
        Answers("", "other", 1, scored({"q": 0.4})),
    ]
    assert of(differences(answers, {"": "base"}, seed=1)).patients == 0


@pytest.fixture
def told() -> Finding:
    record = {
        "format": "lgescar-study/1",
        "command": "lgescar study x",
        "version": "0",
        "machine": {"processor": "p", "cores": 2, "python": "3"},
        "seeds": {"runs": [1, 2], "bootstrap": 1},
        "evaluated": {"c/p0": "abc"},
    }
    answers = [
        Answers(group, variant, seed, eight(0.4 + rise + 0.001 * seed, rise / 10))
        for group, more in (("g", 0.1), ("h", 0.0))
        for variant, rise in (("base", 0.0), ("other", more))
        for seed in (1, 2)
    ]
    return finding(("a title", "a question?"), answers, {"g": "base", "h": "base"}, record, ["So."])


def test_the_conclusion_says_what_the_rule_says_and_with_which_interval(told: Finding) -> None:
    first, second, *_ = conclusions(told)
    assert first.startswith("g: other against base, Dice of scar, 3-D: better (+0.135, 95 %")
    assert "2 of 2 seeds" in first
    assert second.startswith("h: other against base, Dice of scar, 3-D: no difference seen (+0.000")


def test_one_seed_is_said_to_be_one(told: Finding) -> None:
    one = next(d for d in told.differences if d.metric == "dice")
    alone = Difference(**{f: getattr(one, f) for f in one.__slots__} | {"seeds": 1})
    assert "one seed, so that chance in training is not in the interval" in sentence(alone)


def test_page_record_and_picture_hold_the_study(told: Finding, tmp_path: Path) -> None:
    write(told, tmp_path)
    stored = json.loads((tmp_path / "study.json").read_text())
    assert stored["conclusions"] == conclusions(told)
    assert stored["means"][0]["by_seed"] == pytest.approx([0.401, 0.402])
    assert (tmp_path / "study.md").read_text() == markdown(told)
    assert "* So." in markdown(told)
    assert (tmp_path / "study.png").read_bytes()[1:4] == b"PNG"
    assert as_json(told)["question"] == "a question?"

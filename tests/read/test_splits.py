"""Splits that keep patients apart and cohorts balanced."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgescar.core.errors import InputError, UsageError
from lgescar.read.splits import (
    Split,
    check_split,
    read_split,
    refuse_duplicate_images,
    sha256_of_file,
    stratified_split,
    write_split,
)

TWO = {"train": 0.8, "validation": 0.2}
CASES = {
    "one": {f"p{i:02}": 0.0 if i < 20 else i / 100 for i in range(60)},
    "other": {f"p{i:02}": i / 30 for i in range(25)},
}


def test_every_patient_is_in_one_part() -> None:
    dealt = stratified_split(CASES, TWO, 1)
    everyone = [f"{cohort}/{name}" for cohort, names in CASES.items() for name in names]
    assert sorted(dealt["train"] + dealt["validation"]) == sorted(everyone)


def test_each_cohort_gives_its_share() -> None:
    chosen = stratified_split(CASES, TWO, 1)["validation"]
    assert len([p for p in chosen if p.startswith("one/")]) == 12
    assert len([p for p in chosen if p.startswith("other/")]) == 5


def test_scar_free_and_scarred_patients_give_their_share() -> None:
    for seed in range(10):
        chosen = stratified_split(CASES, TWO, seed)["validation"]
        free = [p for p in chosen if p.startswith("one/") and CASES["one"][p[4:]] == 0.0]
        assert len(free) == 4


def test_burden_is_alike_in_the_parts() -> None:
    for seed in range(10):
        dealt = stratified_split(CASES, TWO, seed)
        train, validation = (
            np.mean([CASES["other"][p[6:]] for p in dealt[part] if p.startswith("other/")])
            for part in TWO
        )
        # Runs of five steps of 1/30: two deals of one run differ by at most four steps.
        assert abs(train - validation) <= 4 / 30


def test_a_seed_gives_one_split_whatever_the_order_of_the_cases() -> None:
    backwards = {c: dict(reversed(n.items())) for c, n in reversed(CASES.items())}
    assert stratified_split(CASES, TWO, 5) == stratified_split(backwards, TWO, 5)


def test_another_seed_deals_patients_of_different_burden_differently() -> None:
    other = {"other": CASES["other"]}
    assert len({str(stratified_split(other, TWO, seed)) for seed in range(5)}) > 1


@given(st.integers(1, 40), st.integers(0, 5))
def test_no_part_is_more_than_a_patient_off_its_share(count: int, seed: int) -> None:
    shares = {"train": 0.7, "tune": 0.15, "test": 0.15}
    dealt = stratified_split({"c": {str(i): float(i) for i in range(count)}}, shares, seed)
    for part, share in shares.items():
        assert abs(len(dealt[part]) - share * count) <= 1.0


def test_shares_that_do_not_sum_to_one_are_refused() -> None:
    with pytest.raises(UsageError, match="sum to 1"):
        stratified_split(CASES, {"train": 0.8, "test": 0.3}, 1)


def test_a_burden_that_is_no_number_is_refused() -> None:
    with pytest.raises(InputError, match="finite"):
        stratified_split({"c": {"a": float("nan")}}, TWO, 1)


def test_a_patient_in_two_parts_is_refused() -> None:
    with pytest.raises(InputError, match="c/a is in part train and in part test"):
        Split(1, {"train": ("c/a",), "test": ("c/a",)})


def test_a_split_is_read_as_it_was_written(tmp_path: Path) -> None:
    split = Split(7, {"train": ("c/a", "c/b"), "test": ("c/d",)}, {"c/a": "00", "c/b": "11"})
    write_split(split, tmp_path / "split.json")
    assert read_split(tmp_path / "split.json") == split


@pytest.mark.parametrize(
    "content",
    ["", "[]", "[" * 100_000, '{"format": "else/1", "seed": 1, "parts": {}}'],
    ids=["empty", "list", "deep", "foreign"],
)
def test_another_file_is_no_split(tmp_path: Path, content: str) -> None:
    (tmp_path / "split.json").write_text(content)
    with pytest.raises(InputError, match=r"split\.json"):
        read_split(tmp_path / "split.json")


def test_labels_that_changed_or_vanished_are_refused(tmp_path: Path) -> None:
    labels = tmp_path / "a.nii.gz"
    labels.write_bytes(b"one")
    split = Split(1, {"train": ("c/a",)}, {"c/a": sha256_of_file(labels)})
    check_split(split, {"c/a": labels})
    labels.write_bytes(b"other")
    with pytest.raises(InputError, match="changed"):
        check_split(split, {"c/a": labels})
    with pytest.raises(InputError, match="no label file"):
        check_split(split, {})


def test_one_image_under_two_names_is_refused_even_packed_anew(tmp_path: Path) -> None:
    paths = {name: tmp_path / f"{name}.nii.gz" for name in "ab"}
    paths["a"].write_bytes(gzip.compress(b"pixels", 1, mtime=1))
    paths["b"].write_bytes(gzip.compress(b"others", 9, mtime=2))
    refuse_duplicate_images(paths)
    paths["b"].write_bytes(gzip.compress(b"pixels", 9, mtime=2))
    with pytest.raises(InputError, match="a and b"):
        refuse_duplicate_images(paths)

"""A study's recipe, and the training recipes it makes."""

from __future__ import annotations

import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from lgescar.core.errors import UsageError
from lgescar.studies.noise import NoiseRecipe
from lgescar.studies.recipe import VariedRecipe, base_table, changed, load_recipe, toml_text

RECIPES = Path(__file__).resolve().parents[2] / "recipes" / "studies"
VARIED = 'name = "x"\nbase = "b.toml"\nseeds = [1]\nbaseline = "a"\n'
TWO = "[variants.a]\n[variants.b.loss]\nkl = 0.3\n"


def varied(tmp_path: Path, text: str) -> Path:
    (tmp_path / "s.toml").write_text(text)
    return tmp_path / "s.toml"


def test_changes_reach_inside_tables_and_the_last_one_wins() -> None:
    base = {"seed": 1, "loss": {"kl": 0.6, "dice": 0.2}}
    found = changed(base, {"loss": {"kl": 0.3}}, {"loss": {"kl": 0.9}, "threads": 2})
    assert found == {"seed": 1, "threads": 2, "loss": {"kl": 0.9, "dice": 0.2}}
    assert base == {"seed": 1, "loss": {"kl": 0.6, "dice": 0.2}}


def test_a_change_opens_a_table_that_the_base_lacks() -> None:
    assert changed({"a": 1}, {"loss": {"kl": 0.0}}) == {"a": 1, "loss": {"kl": 0.0}}


def test_a_table_survives_as_toml() -> None:
    table = {
        "name": 'a "b" é\\',
        "on": True,
        "steps": 3,
        "rate": 1e-05,
        "seeds": [1, 2],
        "data": {"share": {"cohort one": 0.5, "b": 1.0}, "split": "s.json"},
        "empty": {},
    }
    assert tomllib.loads(toml_text(table)) == table


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (VARIED.replace('"a"', '"z"') + TWO, "baseline is one of a, b"),
        (VARIED + "[variants.a]\n", "two variants or more"),
        (VARIED.replace("[1]", "[1, 1]") + TWO, "different numbers"),
        (VARIED.replace("[1]", "[]") + TWO, "different numbers"),
        (VARIED + TWO + '[variants."../c"]\n', "a variant's name"),
        (VARIED + TWO + "[commons]\n", "unknown key 'commons'"),
    ],
)
def test_a_study_that_compares_nothing_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        load_recipe(varied(tmp_path, text), VariedRecipe)


def test_keys_of_earlier_versions_are_understood(tmp_path: Path) -> None:
    old = "[simulated]\nteach = 3\ntune = 1\nask = 2\n"
    made = load_recipe(varied(tmp_path, VARIED + TWO + old), VariedRecipe).simulated
    assert (made.train, made.tune, made.evaluate) == (3, 1, 2)


def test_readers_have_different_degrees(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="different degrees"):
        load_recipe(varied(tmp_path, VARIED + "readers = [1.0, 1.0]\n" + TWO), NoiseRecipe)


def test_a_base_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"base b\.toml is no recipe"):
        base_table(tmp_path / "s.toml", "b.toml")


@pytest.mark.parametrize("name", ["ablation", "noise"])
def test_the_losses_of_a_variant_sum_to_one(name: str) -> None:
    recipe = load_recipe(RECIPES / f"{name}.toml", import_module(f"lgescar.studies.{name}").RECIPE)
    for variant, changes in recipe.variants.items():
        loss = changes["loss"]
        assert loss["dice"] == loss["entropy"], variant  # 1 : 1 of what KL leaves
        assert loss["dice"] + loss["entropy"] + loss["kl"] == pytest.approx(1.0), variant

"""Pages that tell the truth: links lead somewhere, commands exist, every word has its heading."""

from __future__ import annotations

import ast
import json
import re
import shlex
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from lgescar.cli.study import SUBVERBS
from lgescar.cli.verbs import VERBS, parser
from lgescar.core import errors
from lgescar.read.splits import read_split, write_split
from lgescar.strict import load
from lgescar.studies.recipe import TrainingRecipe, base_split, base_table, toml_text
from lgescar.studies.trials import trial

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
RECIPES = sorted((ROOT / "recipes").rglob("*.toml"))
DECISION_LINES = 25
SHORTENED = ("...", "…")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def headings(path: Path) -> set[str]:
    """Headings as GitHub's anchors spell them."""
    lines = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}


def commands(text: str) -> list[str]:
    """Every ``lgescar`` command of a page's code blocks or a recipe's comments."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = "\n".join([*blocks, *re.findall(r"^# \w+:\s+(lgescar .+)$", text, re.MULTILINE)])
    whole = lines.replace("\\\n", " ").splitlines()
    return [line.strip().removeprefix("$ ") for line in whole if "lgescar " in line]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        where, _, anchor = target.partition("#")
        linked = (page.parent / where).resolve() if where else page
        assert linked.exists(), f"{name(page)} links to {target}"
        if anchor:
            assert anchor in headings(linked), f"{name(page)} links to {target}"


@pytest.mark.parametrize("page", [*PAGES, *RECIPES], ids=name)
def test_every_command_on_a_page_exists(page: Path) -> None:
    for line in commands(page.read_text("utf-8")):
        words = shlex.split(line, comments=True)
        if words[:1] != ["lgescar"] or any(mark in line for mark in SHORTENED):
            continue
        assert parser([words[1]]).parse_args(words[1:]).verb == words[1]


def test_commands_are_found_in_blocks_and_recipes() -> None:
    page = "```\nmake demo\nlgescar a \\\n  b\n```\nlgescar c\n"
    assert commands(page) == ["lgescar a    b"]
    assert commands("# run:  lgescar train x\n# cost: none\n") == ["lgescar train x"]


def test_every_verb_has_a_heading() -> None:
    assert set(VERBS) <= headings(ROOT / "docs" / "reference" / "cli.md")


def test_every_error_has_a_heading() -> None:
    raised = {key.lower() for key, value in vars(errors).items() if isinstance(value, type)}
    assert raised <= headings(ROOT / "docs" / "reference" / "errors.md")


def note_codes(modules: Any) -> set[str]:
    """First argument of every ``Note(...)`` of the source."""
    calls = (n for m in modules for n in ast.walk(m.tree) if isinstance(n, ast.Call) and n.args)
    first = [c.args[0] for c in calls if isinstance(c.func, ast.Name) and c.func.id == "Note"]
    return {arg.value for arg in first if isinstance(arg, ast.Constant)}


def test_every_name_of_the_glossary_is_in_the_code(modules: Any) -> None:
    page = (ROOT / "docs" / "reference" / "glossary.md").read_text("utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| ")]
    names = {name for row in rows for name in re.findall(r"`([^`]+)`", row[3])}
    source = "\n".join(m.path.read_text("utf-8") for m in modules)
    assert "scar_mass_g" in names
    assert sorted(name for name in names if name not in source) == []


def test_every_note_is_explained(modules: Any) -> None:
    page = (ROOT / "docs" / "reference" / "inputs.md").read_text("utf-8")
    codes = note_codes(modules)
    assert "no-wall" in codes
    assert sorted(code for code in codes if f"`{code}`" not in page) == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=name)
def test_a_decision_is_short_and_names_its_guard(page: Path) -> None:
    text = page.read_text("utf-8")
    assert len(text.splitlines()) <= DECISION_LINES
    if page.name == "README.md":
        return
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", page.name)
    tests = re.findall(r"`(tests/[\w/]+(?:\.py)?)", text)
    assert tests, "a decision names the test that guards it"
    assert [path for path in tests if not (ROOT / path).exists()] == []


def test_decisions_have_numbers_of_their_own() -> None:
    numbers = [p.name[:4] for p in (ROOT / "docs" / "decisions").glob("[0-9]*.md")]
    assert len(numbers) == len(set(numbers))


def test_every_recipe_loads() -> None:
    kinds = pytest.importorskip("lgescar.train.kinds")
    taught = [path for path in RECIPES if path.parent.name != "studies"]
    assert taught
    for path in taught:
        kinds.read_any(path)


def test_every_study_loads_and_the_recipes_it_makes_are_recipes(tmp_path: Path) -> None:
    kinds = pytest.importorskip("lgescar.train.kinds")
    studies = [path for path in RECIPES if path.parent.name == "studies"]
    assert {path.stem for path in studies} <= set(SUBVERBS)
    for path in studies:
        recipe = load(path, import_module(f"lgescar.studies.{path.stem}").RECIPE)
        if not isinstance(recipe, TrainingRecipe):
            continue
        base, base_file = base_table(path, recipe.base)
        split = read_split(base_split(base, base_file) or path)
        for name, changes in getattr(recipe, "variants", {path.stem: {}}).items():
            made = trial(base, (recipe.common, changes), (name, 1), (), split)
            write_split(split, tmp_path / "split.json")
            (tmp_path / "recipe.toml").write_text(toml_text(made.table), encoding="utf-8")
            kinds.read_any(tmp_path / "recipe.toml")


def test_every_stored_result_says_where_it_comes_from() -> None:
    for path in (ROOT / "benchmarks" / "results").glob("*.json"):
        stored = json.loads(path.read_text("utf-8"))
        assert {"machine", "commit", "command"} <= set(stored), path.name

"""The field's words: names, messages, comments and pages speak as a textbook of the field does.

docs/reference/glossary.md holds the words to use. Identifiers are split where their words meet, so
``_told`` and ``AskedPatient`` count as text.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = {".py", ".md", ".toml", ".js", ".html", ".css", ".sh"}
READ = ("src", "docs", "recipes", "scripts", "benchmarks", "examples", "README.md",
        "CONTRIBUTING.md", "Makefile")  # fmt: skip

FIELD_WORD = {
    "taught": "trained", "teach": "train", "teaches": "trains", "teaching": "training",
    "teacher": "training patient", "teachers": "training patients",
    "asked": "prompted, evaluated or queried", "unasked": "automatic",
    "told": "reported or shown", "untold": "not reported", "tells of": "reports",
    "tell of": "report",
    "met": "seen; never met: held out", "dear": "costly", "dearer": "costlier",
    "judge": "evaluate", "judges": "evaluates", "judged": "evaluated", "judging": "evaluating",
    "sure": "certain or confident", "believed": "plausible",
    "desk": "a role, such as service", "desks": "roles, such as services",
    "laid over": "applied to", "lays over": "applies to",
}  # fmt: skip
"""Word of no textbook → what to write in its place."""

LISTED = re.compile(rf"\b({'|'.join(sorted(FIELD_WORD, key=len, reverse=True))})\b")

ALLOWED: dict[str, frozenset[str]] = {
    "scripts/comparison_tables.py": frozenset({"taught"}),
    "scripts/study_tables.py": frozenset({"asked", "judged", "met", "taught", "told"}),
    "src/lgescar/studies/recipe.py": frozenset({"teach"}),
}
"""File → listed words that are other people's identifiers or keys of formats already released."""

CROSS_VALIDATION = {"train", "evaluate", "studies", "cli", "read"}
"""Rooms that may say fold: they deal with cross-validation."""


def words(text: str) -> str:
    """Lower-case text with identifiers split: ``_told`` and ``AskedPatient`` are words."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    return re.sub(r"\s+", " ", split.replace("_", " ")).lower()


def listed(path: Path) -> Counter[str]:
    """Listed words of one file and of its name, each with its count."""
    where = path.relative_to(ROOT).as_posix()
    text = words(f"{path.stem}\n{path.read_text('utf-8')}")
    found = Counter(LISTED.findall(text))
    return Counter({w: n for w, n in found.items() if w not in ALLOWED.get(where, ())})


@pytest.fixture(scope="module")
def texts(tracked: tuple[Path, ...]) -> tuple[Path, ...]:
    """Every file of words: source, pages, recipes and scripts."""
    inside = [p for p in tracked if p.relative_to(ROOT).parts[0] in READ]
    return tuple(p for p in inside if p.suffix in SUFFIXES or p.name == "Makefile")


def test_identifiers_are_split_into_words() -> None:
    assert LISTED.findall(words("def _told(one: AskedPatient, DICOMTaught): method metadata")) == [
        "told",
        "asked",
        "taught",
    ]


def test_names_messages_and_pages_use_the_words_of_the_field(texts: tuple[Path, ...]) -> None:
    found = {path.relative_to(ROOT).as_posix(): dict(listed(path)) for path in texts}
    assert {where: here for where, here in found.items() if here} == {}, "see FIELD_WORD"


def classes(modules: Any) -> Counter[str]:
    """Every class of the package that has no underscore in front, with its count."""
    nodes = (n for m in modules for n in ast.walk(m.tree) if isinstance(n, ast.ClassDef))
    return Counter(n.name for n in nodes if not n.name.startswith("_"))


def test_no_two_classes_have_one_name(modules: Any) -> None:
    assert [name for name, count in classes(modules).items() if count > 1] == []


def test_no_class_takes_the_name_of_a_well_known_one(modules: Any) -> None:
    well_known = {"Sequence", "Protocol", "Mapping", "Path", "Iterator", "Counter", "Any"}
    assert sorted(well_known & set(classes(modules)) - {"Protocol"}) == []


def test_no_two_modules_share_a_name_that_hides_their_role(modules: Any) -> None:
    stems = Counter(m.path.stem for m in modules)
    assert {name: stems[name] for name in ("guard", "desk") if stems[name] > 1} == {}


def test_fold_means_cross_validation(modules: Any) -> None:
    wrong = [
        m.name
        for m in modules
        if m.room not in CROSS_VALIDATION
        and re.search(r"\b(re)?fold(s|ed|ing)?\b", words(m.path.read_text("utf-8")))
    ]
    assert not wrong

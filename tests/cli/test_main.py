"""What the command line promises whatever the verb."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from importlib import import_module
from types import SimpleNamespace

import pytest

from lgescar.cli import main as cli
from lgescar.cli.verbs import VERBS, subverbs
from lgescar.core.errors import ChoiceError, InputError, LgescarError, ModelError, PromptError
from lgescar.core.version import VERSION


def stand_in(outcome: BaseException | int) -> SimpleNamespace:
    """A verb that ends in ``outcome``."""

    def configure(parser: ArgumentParser) -> None:
        parser.add_argument("input")
        parser.add_argument("--out", required=True)

    def run(args: Namespace) -> int:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    return SimpleNamespace(HELP="stands in", EXAMPLE="lgescar try x", configure=configure, run=run)


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> object:
    """Gives the exit code of a verb with a chosen outcome."""

    def code(outcome: BaseException | int, *more: str) -> int:
        monkeypatch.setitem(sys.modules, "lgescar.cli.stand_in", stand_in(outcome))
        monkeypatch.setitem(VERBS, "try", "lgescar.cli.stand_in")
        return cli.main(["try", "x", "--out", "y", *more])

    return code


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (InputError("the file is cut short"), 3),
        (ChoiceError("two stacks fit"), 3),
        (PromptError("no box"), 4),
        (ModelError("the bundle is damaged"), 5),
        (LgescarError("ours"), 1),
        (ZeroDivisionError("hidden"), 1),
        (PermissionError(13, "Permission denied", "out"), 2),
        (KeyboardInterrupt(), 130),
    ],
)
def test_what_goes_wrong_is_an_exit_code_and_one_sentence(
    ends, capsys: pytest.CaptureFixture[str], error: BaseException, expected: int
) -> None:
    assert ends(error) == expected
    said = capsys.readouterr().err
    assert said.startswith("lgescar: ")
    assert said.count("\n") == 1


def test_a_message_of_several_lines_becomes_one(ends, capsys: pytest.CaptureFixture[str]) -> None:
    ends(InputError("first\n  second"))
    assert capsys.readouterr().err == "lgescar: first second\n"


def test_a_bug_is_called_a_bug_and_shows_its_traceback_on_request(
    ends, capsys: pytest.CaptureFixture[str]
) -> None:
    ends(ZeroDivisionError("hidden"))
    quiet = capsys.readouterr().err
    assert "bug" in quiet
    assert "hidden" not in quiet
    ends(ZeroDivisionError("hidden"), "--debug")
    assert "ZeroDivisionError: hidden" in capsys.readouterr().err


def test_the_code_of_a_verb_is_passed_on(ends) -> None:
    assert ends(0) == 0
    assert ends(3) == 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["segmnt"], "'segmnt' is no verb of lgescar; did you mean segment?"),
        (["qqq"], "'qqq' is no verb of lgescar; the verbs are segment"),
        ([], "VERB"),
        (["segment"], "required"),
        (["segment", "x", "--out", "y", "--no-such"], "--no-such"),
    ],
)
def test_a_command_that_means_nothing_ends_with_2(
    capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert cli.main(words) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    page = capsys.readouterr().out
    assert [name for name in VERBS if f"\n  {name} " not in page] == []


COMMANDS = [(name, *below) for name in VERBS for below in ([(w,) for w in subverbs(name)] or [()])]
"""Every command with what it is typed by, such as ("train", "run")."""


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_command_shows_an_example_and_the_common_options(
    capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    assert cli.main([*command, "--help"]) == 0
    page = capsys.readouterr().out
    assert f"lgescar {' '.join(command)}" in page.split("example:")[1]
    assert "--json" in page
    assert "--debug" in page


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_command_says_what_it_is_for_in_one_line(command: tuple[str, ...]) -> None:
    files = {**VERBS, **subverbs(command[0])}
    for word in command:
        module = import_module(files[word])
        assert module.HELP
        assert "\n" not in module.HELP
        assert len(module.HELP) <= 90


@pytest.mark.parametrize(
    ("old", "new"),
    [("segmenter", "run"), ("detector", "run"), ("views", "augmentations")],
)
def test_an_old_word_is_answered_and_names_the_new_one(
    capsys: pytest.CaptureFixture[str], old: str, new: str
) -> None:
    words = ["--recipe", "no-such.toml", "--out", "segmenter"]
    assert cli.main(["train", new, *words]) == 2
    refused = capsys.readouterr().err
    assert cli.main(["train", old, *words]) == 2
    sentence, same = capsys.readouterr().err.splitlines(keepends=True)
    assert f"'train {old}' is now 'train {new}'" in sentence
    assert same == refused
    assert cli.main(["train", *words[:2], old, *words[2:]]) == 2  # options came before it, too
    assert capsys.readouterr().err.splitlines(keepends=True)[1:] == [refused]


def test_a_verb_with_verbs_below_it_names_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", "--help"]) == 0
    page = capsys.readouterr().out
    assert set(subverbs("train")) <= set(page.split())
    assert cli.main(["train", "rum", "--out", "x"]) == 2
    assert "augmentations" in capsys.readouterr().err


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"lgescar {VERSION}"


def test_help_of_every_verb_loads_not_even_numpy() -> None:
    code = (
        "import sys; from lgescar.cli.main import main; from lgescar.cli.verbs import VERBS\n"
        "assert not any(main([v, '--help']) for v in VERBS)\n"
        "sys.exit('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False)
    assert done.returncode == 0


def test_the_program_and_the_module_are_the_same_command() -> None:
    command = [sys.executable, "-m", "lgescar", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"lgescar {VERSION}"


def test_a_reader_that_stops_listening_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "lgescar", "--help"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert done.stderr == ""

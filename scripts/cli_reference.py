"""Writes docs/reference/cli.md from the parsers; with --check, only says whether it is current."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from pages import keep_current

from lgescar.cli.verbs import VERBS, parser, verb

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "cli.md"

INTRODUCTION = """\
# The command line

Written from the parsers by `make docs`; do not edit.

Every verb takes `--help`, `--json` (answer in JSON, for machines) and `--debug` (show the traceback
of an error). What went wrong is one sentence on the error stream; the exit codes are in
[errors.md](errors.md). `lgescar --version` prints the version.
"""

COMMON = {"help", "json", "debug"}


def page() -> str:
    """The whole page."""
    return INTRODUCTION + "".join(section(name) for name in VERBS)


def section(name: str) -> str:
    """Heading, meaning, example and arguments of one verb, and of its own verbs if it has any."""
    module = verb(name)
    one = subparsers(parser([name]))[name]
    text = f"\n## {name}\n\n{capital(module.HELP)}\n\n```\n{module.EXAMPLE.strip()}\n```\n"
    text += table(one)
    for inner, deeper in subparsers(one).items():
        text += f"\n### {name} {inner}\n\n{capital(deeper.description or '')}\n"
        text += f"\n```\n{(deeper.epilog or '').removeprefix('example:').strip()}\n```\n"
        text += table(deeper)
    return text


def table(one: argparse.ArgumentParser) -> str:
    """Arguments as a Markdown table; nothing when there are none."""
    lines = [f"| {spelling(a)} | {meaning(a)} |" for a in own_actions(one)]
    return "\n".join(["", "| argument | meaning |", "|---|---|", *lines, ""]) if lines else ""


def own_actions(one: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The arguments that belong to this verb alone."""
    for action in one._actions:
        if action.dest not in COMMON and not isinstance(action, argparse._SubParsersAction):
            yield action


def subparsers(one: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The verbs below this one, by name."""
    for action in one._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def spelling(action: argparse.Action) -> str:
    """How the argument is typed."""
    if action.nargs == 0:
        return f"`{action.option_strings[-1]}`"
    value = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if action.choices is not None:
        value = "{" + ",".join(map(str, action.choices)) + "}"
    if action.nargs in ("+", "*"):
        value += "..."
    if action.nargs == "?":
        value = f"[{value}]"
    return f"`{' '.join([*action.option_strings[-1:], value])}`".replace("|", "\\|")


def meaning(action: argparse.Action) -> str:
    """What it does, whether it must be given, and its default."""
    words = " ".join((action.help or "").split()).replace("%%", "%").replace("|", "\\|")
    if action.required and action.option_strings:
        return f"{words} (required)"
    if action.default in (None, False, argparse.SUPPRESS, [], ()) or "default" in words:
        return words
    return f"{words}; default: {action.default}".removeprefix("; ")


def capital(text: str) -> str:
    """A sentence from a one-line help text."""
    return text[:1].upper() + text[1:].rstrip(".") + "."


if __name__ == "__main__":
    raise SystemExit(keep_current({PAGE: page()}))

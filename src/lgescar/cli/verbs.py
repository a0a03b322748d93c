"""The words of the command line: verbs, the verbs below them, and their parsers."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from importlib import import_module
from textwrap import fill
from typing import Any, NoReturn, Protocol, cast

from lgescar.core.errors import UsageError
from lgescar.core.version import VERSION

GROUPS = {
    "one study": ("segment", "measure", "simulate"),
    "models": ("train", "export", "bundle"),
    "evaluation": ("evaluate", "study"),
    "reading in a browser": ("serve", "readings", "audit"),
}
"""Heading of ``lgescar --help`` → the verbs below it."""

VERBS = {name: f"lgescar.cli.{name}" for names in GROUPS.values() for name in names}
"""Verb → the file that does it, in the order of ``lgescar --help``."""


class Verb(Protocol):
    """What a verb's file holds.

    A folder of verbs (``cli/train/``) holds, in place of ``configure`` and ``run``, ``SUBVERBS``
    (word → file) and, where words changed, ``RENAMED`` (old word → new one).
    """

    HELP: str
    EXAMPLE: str

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add the verb's own arguments."""
        ...

    def run(self, args: argparse.Namespace) -> int:
        """Do the work; the exit code."""
        ...


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence, like every other error of ours."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options
        )

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with argparse's words and where to read on."""
        raise UsageError(f"{message}; see {self.prog} --help")


def verb(name: str) -> Verb:
    """The file of one verb."""
    return cast(Verb, import_module(VERBS[name]))


def subverbs(name: str) -> Mapping[str, str]:
    """The verbs below a verb, each with its file; none for most."""
    found: Mapping[str, str] = getattr(verb(name), "SUBVERBS", {})
    return found


def parser(names: Iterable[str] = VERBS) -> Parser:
    """The command line of the named verbs; all of them for ``--help``."""
    top = Parser(
        prog="lgescar",
        description="Myocardial scar from late-gadolinium-enhancement MRI. For research use.",
        epilog="lgescar VERB --help says more, with an example.",
        usage="lgescar [--version] VERB ...",
    )
    top.add_argument("--version", action="version", version=f"lgescar {VERSION}")
    files = {name: VERBS[name] for name in names}
    _add_verbs(top, "verb", files, listed=len(files) == 1)
    if len(files) > 1:
        for title, verbs in GROUPS.items():
            top.add_argument_group(title, "\n".join(_line(v, verb(v).HELP) for v in verbs))
    return top


def _line(name: str, meaning: str) -> str:
    """A verb and what it does, within 80 columns."""
    return fill(f"{name:<10}{meaning}", 76, subsequent_indent=" " * 10)


def _add_verbs(above: Parser, dest: str, files: Mapping[str, str], *, listed: bool = True) -> None:
    """The parsers of some verbs below ``above``; ``act`` of their arguments does the work.

    The help of ``above`` names each verb where they are ``listed``.
    """
    added = above.add_subparsers(
        dest=dest,
        metavar="VERB",
        required=True,
        parser_class=Parser,
        prog=above.prog,
        help=None if listed else argparse.SUPPRESS,
    )
    for name, file in files.items():
        module = import_module(file)
        one = added.add_parser(
            name,
            **({"help": module.HELP} if listed else {}),
            description=module.HELP,
            epilog=f"example:\n  {module.EXAMPLE}",
        )
        if hasattr(module, "SUBVERBS"):
            _add_verbs(one, "subverb", module.SUBVERBS)
            continue
        module.configure(one)
        one.set_defaults(act=module.run)
        common = one.add_argument_group("every verb")
        common.add_argument("--json", action="store_true", help="answer in JSON, for machines")
        common.add_argument("--debug", action="store_true", help="show the traceback of an error")

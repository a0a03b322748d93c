"""The words of the command line: verbs, the verbs below them, and their parsers."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn, Protocol, cast

from lgescar.core.errors import UsageError
from lgescar.core.version import VERSION

VERBS = {
    "segment": "lgescar.cli.segment",
    "measure": "lgescar.cli.measure",
    "simulate": "lgescar.cli.simulate",
    "train": "lgescar.cli.train",
    "export": "lgescar.cli.export",
    "bundle": "lgescar.cli.bundle",
    "evaluate": "lgescar.cli.evaluate",
    "study": "lgescar.cli.study",
    "serve": "lgescar.cli.serve",
    "readings": "lgescar.cli.readings",
    "audit": "lgescar.cli.audit",
}
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
        epilog="lgescar VERB --help tells more, with an example.",
    )
    top.add_argument("--version", action="version", version=f"lgescar {VERSION}")
    _add_verbs(top, "verb", {name: VERBS[name] for name in names})
    return top


def renamed(words: Sequence[str]) -> tuple[list[str], str]:
    """A command with the old name of a sub-verb replaced, and a sentence that says so, or ''."""
    old: Mapping[str, str] = getattr(verb(words[0]), "RENAMED", {})
    at = next((i for i, word in enumerate(words) if i and word in old), None)
    if at is None or words[1] in subverbs(words[0]):
        return list(words), ""
    new = old[words[at]]
    return [words[0], new, *words[1:at], *words[at + 1 :]], (
        f"'{words[0]} {words[at]}' is now '{words[0]} {new}'; "
        "the old name works in this version only"
    )


def _add_verbs(above: Parser, dest: str, files: Mapping[str, str]) -> None:
    """The parsers of some verbs below ``above``; ``act`` of their arguments does the work."""
    added = above.add_subparsers(dest=dest, metavar="VERB", required=True, parser_class=Parser)
    for name, file in files.items():
        module = import_module(file)
        one = added.add_parser(
            name,
            help=module.HELP,
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

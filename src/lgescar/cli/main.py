"""``lgescar <verb>``: finds the verb's file, and turns what goes wrong into an exit code.

A verb's file imports nothing heavy at its top and holds:

    HELP       one line for ``lgescar --help``
    EXAMPLE    a command that works
    configure  adds the verb's arguments to a parser
    run        does the work and gives the exit code
"""

from __future__ import annotations

import argparse
import difflib
import io
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, NoReturn, Protocol, cast

from lgescar.core.errors import LgescarError, UsageError
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

OUR_BUG, USAGE, INTERRUPTED, PIPE_CLOSED = 1, 2, 130, 141
"""Exit codes that no ``LgescarError`` carries; the last two are the shell's own."""


class Verb(Protocol):
    """What a verb's file holds."""

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


def parser(names: Iterable[str] = VERBS) -> Parser:
    """The command line of the named verbs; all of them for ``--help``."""
    top = Parser(
        prog="lgescar",
        description="Myocardial scar from late-gadolinium-enhancement MRI. For research use.",
        epilog="lgescar VERB --help tells more, with an example.",
    )
    top.add_argument("--version", action="version", version=f"lgescar {VERSION}")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    for name in names:
        module = verb(name)
        one = verbs.add_parser(
            name,
            help=module.HELP,
            description=module.HELP,
            epilog=f"example:\n  {module.EXAMPLE}",
        )
        module.configure(one)
        common = one.add_argument_group("every verb")
        common.add_argument("--json", action="store_true", help="answer in JSON, for machines")
        common.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code that errors.md lists."""
    words = list(sys.argv[1:] if argv is None else argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal without ² or the letters of a name shows a mark in their place.
        sys.stdout.reconfigure(errors="replace")
    try:
        return _run(words)
    except SystemExit as stop:  # argparse ends --help and --version this way
        return int(stop.code or 0)
    except KeyboardInterrupt:
        return _say("interrupted", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:
        if "--debug" in words:
            traceback.print_exc()
        return _say(*_told(error))


def _run(words: list[str]) -> int:
    chosen = words[0] if words else ""
    if chosen and chosen not in VERBS and not chosen.startswith("-"):
        near = difflib.get_close_matches(chosen, VERBS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the verbs are {', '.join(VERBS)}"
        raise UsageError(f"{chosen!r} is no verb of lgescar; {hint}")
    args = parser([chosen] if chosen in VERBS else VERBS).parse_args(words)
    args.command = ["lgescar", *words]
    code = verb(args.verb).run(args)
    sys.stdout.flush()
    return code


def _told(error: Exception) -> tuple[str, int]:
    """One sentence for people, and the exit code."""
    if isinstance(error, LgescarError):
        return str(error), error.exit_code
    if isinstance(error, OSError) and error.strerror:
        where = f" {error.filename!r}" if error.filename else ""
        return f"cannot use{where}: {error.strerror}", USAGE
    kind = type(error).__name__
    return f"a bug of lgescar ({kind}); run again with --debug and report what it prints", OUR_BUG


def _say(sentence: str, code: int) -> int:
    print("lgescar: " + " ".join(sentence.split()), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())

"""``lgescar <verb>``: finds the verb's file, and turns what goes wrong into an exit code.

A verb's file imports nothing heavy at its top and holds:

    HELP       one line for ``lgescar --help``
    EXAMPLE    a command that works
    configure  adds the verb's arguments to a parser
    run        does the work and gives the exit code

``cli/verbs.py`` lists them; a verb with verbs below it is a folder.
"""

from __future__ import annotations

import difflib
import io
import os
import sys
import traceback
from collections.abc import Mapping, Sequence

from lgescar.cli.verbs import VERBS, parser, subverbs, verb
from lgescar.core.errors import LgescarError, UsageError

OUR_BUG, USAGE, INTERRUPTED, PIPE_CLOSED = 1, 2, 130, 141
"""Exit codes that no ``LgescarError`` carries; the last two are the shell's own."""


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
        return _say(*_sentence(error))


def _renamed(words: Sequence[str]) -> tuple[list[str], str]:
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


def _run(words: list[str]) -> int:
    chosen = words[0] if words else ""
    if chosen and chosen not in VERBS and not chosen.startswith("-"):
        near = difflib.get_close_matches(chosen, VERBS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the verbs are {', '.join(VERBS)}"
        raise UsageError(f"{chosen!r} is no verb of lgescar; {hint}")
    if chosen in VERBS:
        words, sentence = _renamed(words)
        if sentence:
            _say(sentence, 0)
    args = parser([chosen] if chosen in VERBS else VERBS).parse_args(words)
    args.command = ["lgescar", *words]
    code: int = args.act(args)
    sys.stdout.flush()
    return code


def _sentence(error: Exception) -> tuple[str, int]:
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

"""The child process that touches untrusted bytes: ``python -m lgescar.read.worker``.

Reads one request (JSON) from standard input and writes one message of ``read/wire`` to standard
output. It limits its own memory, time and output before it opens anything, and turns whatever
happens into one sentence without a word from the file.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from lgescar.core.errors import ChoiceError, InputError
from lgescar.read.wire import Unreadable, pack


def main() -> None:
    """Answers one request."""
    request = json.load(sys.stdin)
    answer_to = os.dup(1)
    # Libraries in C print what they like: it must not mix with the answer.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limit_resources(request["memory_bytes"], request["cpu_seconds"])
    message = answer(request)
    with open(answer_to, "wb") as stream:
        stream.write(message)
    # Threads and destructors of damaged libraries have nothing more to do.
    os._exit(0)


def answer(request: dict[str, Any]) -> bytes:
    """The message for a request: a study, a label volume or an error."""
    path = Path(request["path"])
    try:
        if request["what"] == "labels":
            from lgescar.read.labels import read_label_volume

            return pack(read_label_volume(path))
        from lgescar.read.formats import read_trusted

        spacing = request["spacing_mm"] and tuple(request["spacing_mm"])
        return pack(read_trusted(path, spacing, request["series"], request["strict"]))
    except InputError as error:
        options = error.options if isinstance(error, ChoiceError) else ()
        return pack(Unreadable(str(error), type(error).__name__, options))
    except MemoryError:
        return pack(Unreadable("the input needs too much memory to read"))
    except BaseException as error:  # pylibjpeg-rle raises classes that are no Exception
        name = type(error).__name__
        text = f"the input is damaged or of an unsupported kind ({name} while decoding)"
        return pack(Unreadable(text))


def limit_resources(memory_bytes: int, cpu_seconds: int) -> None:
    """Caps what this process may use, where the system can (POSIX)."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()

"""``import lgescar``: four rooms that can be called, nothing heavy before the first call."""

from __future__ import annotations

import subprocess
import sys

import pytest

import lgescar

ROOMS = ("read", "measure", "write", "simulate")


def child(code: str) -> str:
    """What ``code`` prints in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize(
    "first",
    [
        "import lgescar",
        "import lgescar.{room}",
        "from lgescar import {room}",
        "import lgescar.core",
    ],
)
def test_a_room_is_callable_and_a_package_in_any_order_of_import(room: str, first: str) -> None:
    code = f"{first.format(room=room)}; import lgescar; r = lgescar.{room}; "
    assert child(code + "print(callable(r), r.__name__)") == f"True lgescar.{room}"


@pytest.mark.parametrize("room", [*ROOMS, "segment"])
def test_a_call_reaches_the_function_it_stands_for(room: str) -> None:
    with pytest.raises(TypeError, match=r"missing \d+ required"):
        getattr(lgescar, room)()


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'sgement'"):
        _ = lgescar.sgement


def test_every_public_name_is_listed_and_there() -> None:
    assert set(lgescar.__all__) <= set(dir(lgescar))
    assert all(getattr(lgescar, name) for name in lgescar.__all__)


def test_import_loads_no_room() -> None:
    code = "import lgescar, sys; print(*(m for m in sys.modules if m.startswith('lgescar.')))"
    assert set(child(code).split()) == {"lgescar.core", "lgescar.core.version"}

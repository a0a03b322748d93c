"""Myocardial scar from late-gadolinium-enhancement MRI: outlines, grams, share of the ventricle.

    import lgescar

    study = lgescar.read("folder-or-file")
    report = lgescar.segment(study)
    report.quantities.scar_mass_g
    lgescar.write(report, "out/")

``read``, ``measure``, ``write`` and ``simulate`` are rooms (packages) that can also be called;
``segment`` is a function; ``docs/decisions/0001-rooms-that-can-be-called.md`` says how. Nothing
heavy is imported before the first call.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from lgescar.core.version import VERSION as __version__

if TYPE_CHECKING:
    from lgescar.measure import measure as measure
    from lgescar.pipeline import run as segment
    from lgescar.pipeline import write as write
    from lgescar.read import read_study as read
    from lgescar.simulate.series import simulate_patient as simulate

__all__ = ["__version__", "measure", "read", "segment", "simulate", "write"]

_DOORS = {
    "read": ("lgescar.read", "read_study"),
    "measure": ("lgescar.measure", "measure"),
    "write": ("lgescar.pipeline", "write"),
    "simulate": ("lgescar.simulate.series", "simulate_patient"),
}
"""Room → the function that a call of the room means."""


class _Room(ModuleType):
    """A package that can be called as the one thing it is for."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        module, function = _DOORS[self.__name__.rpartition(".")[2]]
        return getattr(import_module(module), function)(*args, **options)


class _Root(ModuleType):
    """This package. Python stores each room here when it is first imported: that is the moment."""

    def __setattr__(self, name: str, value: object) -> None:
        if name in _DOORS and isinstance(value, ModuleType):
            value.__class__ = _Room
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Root


def __getattr__(name: str) -> Any:
    if name == "segment":
        return import_module("lgescar.pipeline").run
    if name in _DOORS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""How much scar there may be: the amounts at a strict and at a lenient cutoff."""

from __future__ import annotations

from collections.abc import Sequence

from lgescar.core.report import Likely, Quantities
from lgescar.core.study import Note
from lgescar.core.tissue import LabelMap

LOOK_AT_IT = "look-at-it"
"""Code of the note where a person should look before the number is used."""
LEVEL_PERCENT = 90
"""Of patients like those that calibrated the bundle, so many have their scar in the range."""
WIDE_PERCENT = 20.0
"""A range as wide, in percent of the ventricle, wants a look. Ours: a third of the patients that
calibrated the default bundle."""
ANY_PERCENT = 2.0
"""Less scar than that, in percent of the ventricle, is none in practice."""


def likely(
    span: tuple[int, int], labels: Sequence[LabelMap], quantities: Quantities
) -> Likely | None:
    """The range of scar from its pixels at the strict and at the lenient cutoff.

    None where no wall was outlined.
    """
    wall = sum(int(m.wall.sum()) for m in labels)
    if not wall:
        return None
    low, high = (100.0 * pixels / wall for pixels in span)
    mass = quantities.lv_mass_g
    grams = None if mass is None else (mass * low / 100.0, mass * high / 100.0)
    return Likely(LEVEL_PERCENT, (low, high), grams)


def likely_notes(found: Likely | None) -> tuple[Note, ...]:
    """A note where a person should look before the number is used."""
    if found is None:
        return ()
    low, high = found.scar_percent_of_lv
    said = f"{low:.0f} to {high:.0f} % of the ventricle"
    if high - low >= WIDE_PERCENT:
        return (Note(LOOK_AT_IT, f"The network is unsure how much is scar: {said}. Look at it."),)
    if low < ANY_PERCENT / 2.0 and high > 2.0 * ANY_PERCENT:
        return (
            Note(LOOK_AT_IT, f"The network is unsure whether there is scar: {said}. Look at it."),
        )
    return ()

"""Opens a model of any kind by name or path: each option of ``lgescar segment`` takes its own."""

from __future__ import annotations

from pathlib import Path

from lgescar.bundle.card import SAM_FORMAT, kind_of, refuse_other_option
from lgescar.bundle.open import Bundle, bundle_folder, open_bundle
from lgescar.bundle.sam import SamBundle, open_sam
from lgescar.bundle.single import CARD, SingleModel, open_single


def open_model(name_or_path: str | Path) -> Bundle | SamBundle | SingleModel:
    """A checked model of whatever kind its card says.

    Raises:
        ModelError: missing, damaged or foreign.
    """
    folder = bundle_folder(name_or_path)
    if kind_of(folder) == SAM_FORMAT:
        return open_sam(folder)
    if (folder / CARD).is_file() and not (folder / "card.json").is_file():
        return open_single(folder)
    return open_bundle(folder)


def open_detector(name_or_path: str | Path) -> SingleModel:
    """A checked detector.

    Raises:
        ModelError: missing, damaged, foreign, or no detector.
    """
    folder = bundle_folder(name_or_path)
    refuse_other_option(folder, "--detector")
    return open_single(folder, "detector")


def open_segmenter(name_or_path: str | Path) -> SamBundle | SingleModel:
    """A checked segmenter that takes boxes: Segment Anything, or a model of one graph.

    Raises:
        ModelError: missing, damaged, foreign, or no such segmenter.
    """
    folder = bundle_folder(name_or_path)
    refuse_other_option(folder, "--segmenter")
    if kind_of(folder) == SAM_FORMAT:
        return open_sam(folder)
    return open_single(folder, "box-segmenter")

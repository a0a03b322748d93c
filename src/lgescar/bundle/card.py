"""The card of a bundle: what its networks do, on what they were taught, how good they are."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lgescar.core.errors import ModelError

FORMAT, SAM_FORMAT, MODEL_FORMAT = "lgescar-bundle/2", "lgescar-sam/1", "lgescar-model/1"
CARDS = ("card.json", "model.json")
"""File names of cards: of several networks, and of one."""
OPTIONS = {
    FORMAT: ("--bundle", "bundle that finds the heart"),
    SAM_FORMAT: ("--segmenter", "SAM segmenter"),
    "detector": ("--detector", "detector"),
    "box-segmenter": ("--segmenter", "box segmenter"),
}
"""By format, or by role where the format has several: the option of ``lgescar segment`` that
takes such a model, and what it is in words."""
NETWORKS = ("localizer.onnx", "encoder.onnx", "decoder.onnx")


@dataclass(frozen=True, slots=True)
class Preparation:
    """How pixels become a network's input; a model can be run in no other way.

    The localizer sees whole slices at ``far_mm`` a sample and all slices near the heart at
    ``near_mm``; the encoder sees each slice's ventricle
    unrolled to ``angles`` rays of ``radii`` samples. ``frame_px`` square samples of
    ``frame_pixel_mm`` are the heart's frame, from which other models take theirs. Brightness is
    clipped to ``clip_percentiles`` and standardised.
    """

    far_mm: float
    near_mm: float
    frame_pixel_mm: float
    frame_px: int
    angles: int
    radii: int
    clip_percentiles: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Card:
    """Everything about a bundle but its weights.

    ``temperature`` divides scar logits so that probabilities match frequencies; ``scar_cutoff``
    is the share of a wall pixel's probability from which it is scar, and ``likely_cutoffs`` a
    lenient and a strict one, between whose amounts of scar the true one lies in nine patients of
    ten. A lesion that one slice alone shows needs ``least_lesion_percent`` of the wall, and scar
    is MVO where that holds ``mvo_cutoff`` of their probability. All were chosen on patients that
    neither taught nor validated the networks, or by networks that these had not taught. ``files``
    maps each network to its SHA-256.
    """

    name: str
    task: str
    classes: tuple[str, ...]
    licence: str
    data: dict[str, Any]
    scores: dict[str, Any]
    preparation: Preparation
    temperature: float
    scar_cutoff: float
    likely_cutoffs: tuple[float, float]
    recipe: str
    recipe_sha256: str
    files: dict[str, str]
    least_lesion_percent: float = 0.0
    mvo_cutoff: float = 0.5

    def to_json(self) -> str:
        """The text of ``card.json``."""
        return json.dumps({"format": FORMAT, **dataclasses.asdict(self)}, indent=1) + "\n"


def card_content(text: str | bytes, expected: str) -> dict[str, Any]:
    """The fields of a card of the ``expected`` format, for every kind of bundle.

    Raises:
        ModelError: the text is no JSON object, or its format is another.
    """
    try:
        content: dict[str, Any] = json.loads(text)
        found = content.pop("format")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError("the bundle's card is damaged or not of this project") from error
    if found != expected:
        raise ModelError(f"the bundle's format is {str(found)[:40]!r}, expected {expected!r}")
    return content


def read_card(text: str) -> Card:
    """A card from the text of ``card.json``.

    Raises:
        ModelError: the text is not a card of this format, or a field is missing or foreign.
    """
    content = card_content(text, FORMAT)
    try:
        preparation = dict(content.pop("preparation"))
        preparation["clip_percentiles"] = tuple(preparation["clip_percentiles"])
        content["classes"] = tuple(content["classes"])
        lenient, strict = content["likely_cutoffs"]
        content["likely_cutoffs"] = (float(lenient), float(strict))
        card = Card(preparation=Preparation(**preparation), **content)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError("the bundle's card.json is damaged or not of this project") from error
    if set(card.files) != set(NETWORKS):
        raise ModelError(f"a bundle holds {', '.join(NETWORKS)}; its card lists other files")
    return card


def kind_of(folder: Path) -> str | None:
    """What the card in a folder says it is, a key of ``OPTIONS``; None where nothing known."""
    for name in CARDS:
        try:
            content = json.loads((folder / name).read_bytes())
            found = content["format"]
            kind: str = content["role"] if found == MODEL_FORMAT else found
            return kind if kind in OPTIONS else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return None


def refuse_other_option(folder: Path, option: str) -> None:
    """Refuse a sound model that was given to the wrong option; a damaged one is left to openers.

    Raises:
        ModelError: the model belongs to another option.
    """
    kind = kind_of(folder)
    if kind is None:
        return
    own, what = OPTIONS[kind]
    if own != option:
        raise ModelError(f"{folder.name} is a {what}: it belongs to {own}, not to {option}")

"""The card of a bundle: what its networks do, on what they were trained, how good they are."""

from __future__ import annotations

import json
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct, to_builtins

from lgescar.core.errors import ModelError
from lgescar.strict import from_json

GRAPH = "model.onnx"
"""The network of a model of one graph."""
Role = Literal["detector", "box-segmenter"]
Positive = Annotated[float, Meta(gt=0.0)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Percentiles = tuple[float, float]


class Preparation(Struct, frozen=True):
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
    clip_percentiles: Percentiles


class SquareView(Struct, frozen=True):
    """The input of a model of one graph: ``view_px`` square samples of ``pixel_mm``.

    ``placed`` is whether they lie over the middle of the slice or over the heart. Brightness is
    clipped to ``clip_percentiles`` and standardised.
    """

    pixel_mm: float
    view_px: int
    placed: Literal["slice", "heart"]
    clip_percentiles: Percentiles


class AnyCard(Struct, frozen=True, kw_only=True, tag_field="format"):
    """What every card holds. ``files`` maps each network to its SHA-256.

    ``temperature`` divides logits of scar so that probabilities match frequencies; cards from
    before calibration have none.

    Raises:
        ModelError: the files are not those of this kind of bundle.
    """

    FILE: ClassVar[str] = "card.json"
    NETWORKS: ClassVar[tuple[str, ...]] = ()

    name: str
    task: str
    licence: str
    data: dict[str, Any]
    scores: dict[str, Any]
    recipe: str
    recipe_sha256: str
    files: dict[str, str]
    temperature: Positive = 1.0

    def __post_init__(self) -> None:
        if set(self.files) != set(self.NETWORKS):
            raise ModelError(f"files are {', '.join(self.NETWORKS)}, found {', '.join(self.files)}")

    def to_json(self) -> str:
        """The text of the card's file."""
        return json.dumps(to_builtins(self), indent=1) + "\n"


class Card(AnyCard, frozen=True, kw_only=True, tag="lgescar-bundle/2"):
    """The card of a bundle that finds the heart and outlines its tissues.

    ``scar_cutoff`` is the share of a wall pixel's probability from which it is scar, and
    ``likely_cutoffs`` a lenient and a strict one, between whose amounts of scar the true one lies
    in nine patients of ten. A lesion that one slice alone shows needs ``least_lesion_percent`` of
    the wall, and scar is MVO where that holds ``mvo_cutoff`` of their probability. All were chosen
    on patients that neither trained nor validated the networks, or by networks trained without
    them.
    """

    NETWORKS: ClassVar[tuple[str, ...]] = ("localizer.onnx", "encoder.onnx", "decoder.onnx")

    classes: tuple[str, ...]
    preparation: Preparation
    scar_cutoff: float
    likely_cutoffs: tuple[float, float]
    least_lesion_percent: float = 0.0
    mvo_cutoff: float = 0.5


class SamCard(AnyCard, frozen=True, kw_only=True, tag="lgescar-sam/1"):
    """The card of a SAM bundle.

    It sees ``frame_px`` square frames at ``frame_pixel_mm``, clipped to ``clip_percentiles`` and
    standardised. ``checkpoint`` and its SHA-256 are the published weights it began with, empty
    where it began at random. A pixel is scar from ``scar_cutoff`` on, chosen on the tune patients;
    cards from before calibration have none.
    """

    NETWORKS: ClassVar[tuple[str, ...]] = ("encoder.onnx", "decoder.onnx")

    frame_pixel_mm: float
    frame_px: int
    clip_percentiles: Percentiles
    checkpoint: str
    checkpoint_sha256: str
    scar_cutoff: Share = 0.5


class SingleCard(AnyCard, frozen=True, kw_only=True, tag="lgescar-model/1"):
    """The card of a model of one graph: a detector, or a segmenter that takes boxes.

    ``network`` is the kind of network. A box or a pixel counts from ``cutoff`` on; of two boxes
    that share more than ``overlap`` the weaker is dropped.
    """

    FILE: ClassVar[str] = "model.json"
    NETWORKS: ClassVar[tuple[str, ...]] = (GRAPH,)

    role: Role
    network: str
    preparation: SquareView
    cutoff: Share
    overlap: float


KINDS = (Card, SamCard, SingleCard)
CARDS = ("card.json", "model.json")
"""File names of cards: of several networks, and of one."""


def read_card(text: str | bytes, where: str) -> Card | SamCard | SingleCard:
    """A card of any kind from the text of its file; ``where`` names the bundle in messages.

    Raises:
        ModelError: the text is no card, or a key is missing, unknown or of another type.
    """
    damaged = f"{where}: the card is damaged or not of this project"
    kinds: Any = Card | SamCard | SingleCard  # msgspec decides by the key "format"
    card: Card | SamCard | SingleCard = from_json(text, kinds, damaged, ModelError)
    return card

"""Models as files: ONNX networks and the card that says what they are."""

from lgescar.bundle.card import Card, Preparation, SamCard, SingleCard, SquareView
from lgescar.bundle.models import Bundle, SamBundle, SingleModel
from lgescar.bundle.open import bundle_names, open_bundle, open_model

__all__ = [
    "Bundle",
    "Card",
    "Preparation",
    "SamBundle",
    "SamCard",
    "SingleCard",
    "SingleModel",
    "SquareView",
    "bundle_names",
    "open_bundle",
    "open_model",
]

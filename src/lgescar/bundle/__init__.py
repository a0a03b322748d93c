"""Models as files: ONNX networks and the card that says what they are."""

from lgescar.bundle.card import Card, Preparation
from lgescar.bundle.open import Bundle, bundle_names, open_bundle, verify_bundle

__all__ = ["Bundle", "Card", "Preparation", "bundle_names", "open_bundle", "verify_bundle"]

"""Nobody is judged by patients who taught them."""

from __future__ import annotations

from collections.abc import Iterable

from lgescar.bundle import Bundle
from lgescar.core.errors import UsageError


def refuse_known(bundle: Bundle, labels_sha256: Iterable[str], option: str) -> None:
    """Refuse a bundle whose card names the reference of a patient who would be asked.

    Raises:
        UsageError: it does; ``option`` is where another bundle would be given.
    """
    met = set(labels_sha256) & set(bundle.card.data.get("labels_sha256", ()))
    if met:
        raise UsageError(
            f"bundle {bundle.card.name} was taught by {len(met)} of the patients asked, so the "
            f"answer would say nothing; give {option} a bundle that never met them, such as a fold "
            "of: lgescar train crossval --recipe recipes/default/recipe.toml"
        )

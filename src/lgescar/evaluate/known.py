"""No model is evaluated on its own training patients."""

from __future__ import annotations

from collections.abc import Iterable

from lgescar.bundle import Bundle
from lgescar.core.errors import UsageError


def refuse_known(bundle: Bundle, labels_sha256: Iterable[str], option: str) -> None:
    """Refuse a bundle whose card names the reference of a patient who would be evaluated.

    Raises:
        UsageError: it does; ``option`` is where another bundle would be given.
    """
    seen = set(labels_sha256) & set(bundle.card.data.get("labels_sha256", ()))
    if seen:
        raise UsageError(
            f"bundle {bundle.card.name} was trained on {len(seen)} of the patients to evaluate, so "
            f"the scores would say nothing; give {option} a bundle that held them out, such as a "
            "fold of: lgescar train crossval --recipe recipes/default/recipe.toml"
        )

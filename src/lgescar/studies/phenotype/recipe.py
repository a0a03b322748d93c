"""What a recipe of ``lgescar study phenotype`` may set."""

from __future__ import annotations

from dataclasses import dataclass, field

from lgescar.core.errors import UsageError
from lgescar.measure.features import WORDS

PAPER = ("area_mm2", "components", "solidity", "circularity")
"""Source: arXiv 2506.21151, acute against chronic: size, number, solidity, circularity."""
ALL = tuple(name for name in WORDS if name != "mvo_present")
"""All that is measured; whether there is MVO at all stands in its volume already."""


def _sets() -> dict[str, tuple[str, ...]]:
    return {
        "paper": PAPER,
        "without-mvo": tuple(name for name in ALL if not name.startswith("mvo")),
        "all": ALL,
    }


@dataclass(frozen=True, slots=True)
class Boosting:
    """XGBoost for dozens of patients: shallow trees, slow steps, a part of the rows for each.

    ``leaf_weight`` is ``min_child_weight``, ``shrink`` is ``reg_lambda``.

    Raises:
        UsageError: a value that means nothing.
    """

    rounds: int = 100
    depth: int = 2
    learning_rate: float = 0.05
    rows: float = 0.8
    leaf_weight: float = 2.0
    shrink: float = 1.0

    def __post_init__(self) -> None:
        shares = 0.0 < self.learning_rate <= 1.0 and 0.0 < self.rows <= 1.0
        if (
            self.rounds < 1
            or self.depth < 1
            or not shares
            or min(self.leaf_weight, self.shrink) < 0
        ):
            raise UsageError(
                "boosting has one round and one level at least, shares above 0 and up to 1, "
                "and weights from 0"
            )


@dataclass(frozen=True, slots=True)
class Pair:
    """Patients made where no groups are given: as many acute as chronic, every second one PSIR.

    Seeds run from ``first_seed`` on, apart from those of demos, tests, bundles and other studies.

    Raises:
        UsageError: no patients.
    """

    patients: int = 40
    first_seed: int = 60_000

    def __post_init__(self) -> None:
        if self.patients < 1 or self.first_seed < 0:
            raise UsageError("patients of each kind are 1 or more, and a seed 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhenotypeRecipe:
    """How two kinds of scar are distinguished, and by which features.

    Each of the ``seeds`` deals the patients into ``folds`` anew. ``features`` are named sets;
    every set is scored by itself, and the first one's features are drawn singly.

    Raises:
        UsageError: no or equal seeds, fewer than two folds, an unknown feature or an empty set.
    """

    name: str = "phenotype"
    seeds: tuple[int, ...] = (1, 2, 3, 4, 5)
    folds: int = 5
    features: dict[str, tuple[str, ...]] = field(default_factory=_sets)
    boosting: Boosting = field(default_factory=Boosting)
    simulated: Pair = field(default_factory=Pair)

    def __post_init__(self) -> None:
        if not self.seeds or len(set(self.seeds)) != len(self.seeds):
            raise UsageError(f"seeds are one or more different numbers, found {list(self.seeds)}")
        if self.folds < 2:
            raise UsageError(f"cross-validation has two folds or more, found {self.folds}")
        if not self.features:
            raise UsageError("features: give one set at least")
        for name, chosen in self.features.items():
            unknown = [one for one in chosen if one not in WORDS]
            if unknown:
                raise UsageError(
                    f"features.{name}: unknown {unknown[0]!r}; they are {', '.join(WORDS)}"
                )
            if not chosen or len(set(chosen)) != len(chosen):
                raise UsageError(f"features.{name}: different features, one at least")

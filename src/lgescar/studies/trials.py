"""Trains every variant with every seed as an ordinary run, and evaluates it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from tqdm import tqdm

from lgescar.core.atomic import write_file
from lgescar.core.errors import UsageError
from lgescar.core.provenance import now
from lgescar.read.splits import Split, write_split
from lgescar.studies.material import SIMULATED
from lgescar.studies.predict import PreparedPatient, predict_scores
from lgescar.studies.recipe import changed, toml_text
from lgescar.studies.scores import ScarScore

SPLIT = "split.json"


class Training(Protocol):
    """What ``lgescar.train.kinds`` does; the command hands it in: no torch in this room."""

    def train(
        self, recipe_file: Path, data: Iterable[Path], run: Path, *, resume: bool
    ) -> dict[str, float]:
        """Train what the recipe says, or go on with it."""
        ...

    def export(self, run: Path, out: Path) -> Any:
        """Write the bundle of a finished run."""
        ...

    def read_any(self, recipe_file: Path) -> Any:
        """Read a recipe of any kind, and refuse one that is malformed."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One thing to train: a recipe's values, the training cohorts, their split."""

    variant: str
    seed: int
    table: Mapping[str, Any]
    folders: tuple[Path, ...]
    split: Split

    @property
    def name(self) -> str:
        """Its folder."""
        return f"{self.variant}-{self.seed}"


def trial(
    base: Mapping[str, Any],
    changes: Sequence[Mapping[str, Any]],
    name: tuple[str, int],
    folders: tuple[Path, ...],
    split: Split,
) -> Trial:
    """The trial of a variant and a seed: the base with its changes, drawn from the split's cohorts.

    A cohort that the base gives no share gets one by its number of training patients.
    """
    variant, seed = name
    table = changed(base, *changes)
    data = dict(table.get("data", {}))
    given, training = data.get("share", {}), [p.split("/", 1)[0] for p in split.parts["train"]]
    own = sorted({*training, *([SIMULATED] if data.get("simulated") else [])})
    share = {c: given.get(c, training.count(c) / len(training)) for c in own}
    table["data"] = {**data, "split": SPLIT, "share": share}
    table |= {"name": f"{base.get('name', 'study')}-{variant}", "seed": seed}
    return Trial(variant, seed, table, folders, split)


def run_trials(
    trials: Sequence[Trial],
    patients: Callable[[], list[PreparedPatient]],
    out: Path,
    training: Training,
    record: Mapping[str, Any],
) -> dict[tuple[str, int], tuple[ScarScore, ...]]:
    """Scores of every trial by (variant, seed); what is finished in ``out`` is not done again.

    ``record`` goes into every file of scores.

    Raises:
        UsageError: a recipe is malformed, or ``out`` holds another study.
    """
    files = {one.name: _prepared(one, out) for one in trials}
    for file in files.values():
        training.read_any(file)
    found = {}
    bar = tqdm(trials, desc="study", unit="run", disable=None)
    for one in bar:
        bar.set_postfix_str(one.name)
        stored, identity = out / "scores" / f"{one.name}.json", _identity(files[one.name], record)
        scores = _finished(stored, identity)
        if scores is None:
            run, bundle = out / "runs" / one.name, out / "bundles" / one.name
            training.train(files[one.name], one.folders, run, resume=True)
            training.export(run, bundle)
            scores = tuple(predict_scores(bundle, patients()))
            own = {"variant": one.variant, "seed": one.seed, "trial_sha256": identity}
            store_scores(stored, record, scores, **own)
        found[one.variant, one.seed] = scores
    return found


def store_scores(
    file: Path, record: Mapping[str, Any], scores: Sequence[ScarScore], **own: Any
) -> None:
    """A file of per-patient scores that says where they come from; it appears whole."""
    content = {**record, **own, "created": now(), "patients": [asdict(s) for s in scores]}
    write_file(file, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode())


def _prepared(one: Trial, out: Path) -> Path:
    folder = out / "recipes" / one.name
    folder.mkdir(parents=True, exist_ok=True)
    write_split(one.split, folder / SPLIT)
    (folder / "recipe.toml").write_text(toml_text(one.table), encoding="utf-8")
    return folder / "recipe.toml"


def _identity(recipe_file: Path, record: Mapping[str, Any]) -> str:
    """SHA-256 of all that decides a trial's scores: recipe, patients and prompts."""
    evaluated = json.dumps([record["evaluated"], record["prompts"]], sort_keys=True).encode()
    split = (recipe_file.parent / SPLIT).read_bytes()
    return hashlib.sha256(recipe_file.read_bytes() + split + evaluated).hexdigest()


def _finished(file: Path, identity: str) -> tuple[ScarScore, ...] | None:
    """The scores of an earlier run of this trial, if it was finished.

    Raises:
        UsageError: they are of another study.
    """
    if not file.is_file():
        return None
    content = json.loads(file.read_text("utf-8"))
    if content.get("trial_sha256") != identity:
        raise UsageError(
            f"{file.name} is of another study, or of other patients; choose another --out"
        )
    return tuple(ScarScore(**row) for row in content["patients"])

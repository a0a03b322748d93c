"""Two groups of label maps, and the features of every patient in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from lgescar import pipeline
from lgescar.bundle import open_model
from lgescar.core.atomic import write_file
from lgescar.core.errors import UsageError
from lgescar.evaluate.cases import SUFFIX, label_files, read_together
from lgescar.measure.features import ScarFeatures, scar_features
from lgescar.outline.systems import open_system
from lgescar.read.cohort import cases
from lgescar.read.nifti import read_nifti
from lgescar.read.splits import sha256_of_file
from lgescar.studies.material import simulated_material
from lgescar.studies.phenotype.recipe import Pair
from lgescar.studies.recipe import Simulated
from lgescar.write.nifti import labels_nifti

KINDS = ("acute", "chronic")
KNOWN_SHARE = 0.9
"""Least share of each group's patients in whom a feature must be known. Ours: below, its absence
would tell the groups apart."""
Groups = tuple[tuple[str, Path], ...]


@dataclass(frozen=True, slots=True)
class PatientFeatures:
    """One patient with scar. ``name`` is the file's stem, or the folder's that holds it."""

    group: str
    name: str
    features: ScarFeatures


@dataclass(frozen=True, slots=True)
class GroupMasks:
    """All patients by one kind of mask; the second of the ``groups`` is what is looked for.

    ``without_scar`` counts those left out, ``sha256`` has each label file's, by ``group/name``.
    """

    words: str
    groups: tuple[str, str]
    rows: tuple[PatientFeatures, ...]
    without_scar: dict[str, int]
    sha256: dict[str, str]

    @property
    def second(self) -> NDArray[np.bool_]:
        """True for each row of the second group."""
        return np.array([row.group == self.groups[1] for row in self.rows], bool)

    @property
    def patients(self) -> NDArray[np.int64]:
        """A number for each row, the same for a patient who is in both groups."""
        return np.unique([row.name for row in self.rows], return_inverse=True)[1]

    @property
    def in_both(self) -> tuple[str, ...]:
        """Patients with scar in both groups."""
        first, second = ({r.name for r in self.rows if r.group == g} for g in self.groups)
        return tuple(sorted(first & second))

    def values(self, feature: str) -> NDArray[np.float64]:
        """The feature of each row, NaN where it is unknown."""
        found = [getattr(row.features, feature) for row in self.rows]
        return np.array([np.nan if value is None else value for value in found], np.float64)

    def usable(self, feature: str) -> bool:
        """Whether the feature is known in nearly all patients of both groups."""
        known, second = ~np.isnan(self.values(feature)), self.second
        return bool(min(known[second].mean(), known[~second].mean()) >= KNOWN_SHARE)


def read_masks(words: str, groups: Groups) -> GroupMasks:
    """Features of every patient of two folders.

    Raises:
        UsageError: not two names, one folder twice, or a folder without label maps.
        InputError: a file that cannot be read, or codes of no known coding.
    """
    names = tuple(name for name, _ in groups)
    if len(set(names)) != 2 or len({folder.resolve() for _, folder in groups}) != 2:
        raise UsageError("give two groups of different names and folders: --groups A=DIR B=DIR")
    rows, sha256, without = [], {}, dict.fromkeys(names, 0)
    files = [(g, name, path) for g, at in groups for name, path in label_files(at).items()]
    for group, name, path in tqdm(files, desc=words, unit="patient", leave=False, disable=None):
        study, labels = read_together(f"{group}/{name}", {"label map": path})
        features = scar_features(study, labels["label map"])
        sha256[f"{group}/{name}"] = sha256_of_file(path)
        if features is None:
            without[group] += 1
        else:
            rows.append(PatientFeatures(group, name, features))
    return GroupMasks(words, (names[0], names[1]), tuple(rows), without, sha256)


def simulated_groups(plan: Pair, out: Path) -> Groups:
    """Acute and chronic patients of known scar as two cohorts; what is there is kept."""
    made = []
    for number, kind in enumerate(KINDS):
        first = plan.first_seed + number * plan.patients
        wanted = Simulated(0, 0, plan.patients, kind, first)
        made.append((kind, simulated_material(wanted, out / "cohorts" / kind).folders[0]))
    return tuple(made)


def predicted_groups(cohorts: Groups, model: Path, out: Path) -> tuple[Groups, dict[str, str]]:
    """What a bundle sees of the cohorts' images, as two folders, and its name and SHA-256.

    The masks of another bundle lie elsewhere; those that are there are kept.

    Raises:
        ModelError: the bundle is missing, damaged or no segmenter.
    """
    own, system = open_model(model), open_system(model)
    made = []
    for kind, cohort in cohorts:
        folder = out / "predicted" / own.sha256[:12] / kind
        folder.mkdir(parents=True, exist_ok=True)
        for name in tqdm(cases(cohort), desc=f"predict {kind}", unit="patient", disable=None):
            path = folder / f"{name}{SUFFIX}"
            if not path.is_file():
                study = read_nifti(cohort / "images" / path.name)
                report = pipeline.run(study, system=system)
                write_file(path, labels_nifti(report))
        made.append((kind, folder))
    return tuple(made), {"name": own.card.name, "sha256": own.sha256}


def table(masks: GroupMasks, features: Sequence[str]) -> NDArray[np.float64]:
    """(rows, features), NaN where unknown."""
    return np.stack([masks.values(feature) for feature in features], axis=1)

"""Which patients train, tune and validate: splits by patient, never by slice."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lgescar.core.errors import InputError, UsageError
from lgescar.strict import read_json

FORMAT = "lgescar-split/1"


def stratified_split(
    cases: Mapping[str, Mapping[str, float]], parts: Mapping[str, float], seed: int
) -> dict[str, list[str]]:
    """Patients (``cohort/name``) of every cohort dealt to ``parts``, small and large scars alike.

    ``cases`` is cohort → name → scar burden (any quantity that grows with the scar; 0 for
    none), ``parts`` is part → share. Within a cohort the patients are sorted by burden and dealt
    in short runs, like cards: the number a part gets is right within one patient over the cohort
    and over each run of it. Ties, such as all scar-free patients, are dealt at random. The same
    seed gives the same split whatever the order of ``cases``.

    Raises:
        UsageError: shares that are not positive or do not sum to 1.
        InputError: a burden that is negative or not finite.
    """
    shares = np.array(list(parts.values()), dtype=float)
    if shares.size == 0 or (shares <= 0).any() or abs(shares.sum() - 1.0) > 1e-6:
        raise UsageError(f"the shares of a split are positive and sum to 1, found {dict(parts)}")
    rng = np.random.default_rng(seed)
    dealt: dict[str, list[str]] = {part: [] for part in parts}
    for cohort in sorted(cases):
        names = sorted(cases[cohort])
        burden = np.array([cases[cohort][name] for name in names], dtype=float)
        if not (np.isfinite(burden) & (burden >= 0)).all():
            raise InputError(f"cohort {cohort} holds a scar burden that is negative or not finite")
        order = np.lexsort((rng.permutation(len(names)), burden))
        hands = _hands(len(names), shares, rng)
        for position, hand in zip(order, hands, strict=True):
            dealt[list(parts)[hand]].append(f"{cohort}/{names[position]}")
    return {part: sorted(patients) for part, patients in dealt.items()}


def _hands(count: int, shares: NDArray[np.float64], rng: np.random.Generator) -> list[int]:
    """Part of each of ``count`` sorted patients: the part most behind its share, runs shuffled."""
    run = max(1, round(1.0 / float(shares.min())))
    held = np.zeros(shares.size)
    hands: list[int] = []
    for i in range(count):
        part = int(np.argmax(shares * (i + 1) - held))
        held[part] += 1
        hands.append(part)
    for start in range(0, count, run):
        hands[start : start + run] = rng.permutation(hands[start : start + run]).tolist()
    return hands


@dataclass(frozen=True, slots=True)
class Split:
    """Patients (``cohort/name``) of each part, and the SHA-256 of each one's label file.

    Without the SHA-256 a split can be read but not checked.

    Raises:
        InputError: a patient in two parts.
    """

    seed: int
    parts: dict[str, tuple[str, ...]]
    labels_sha256: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        owner: dict[str, str] = {}
        for part, patients in self.parts.items():
            for patient in patients:
                if patient in owner:
                    raise InputError(
                        f"patient {patient} is in part {owner[patient]} and in part {part}; "
                        "a patient belongs to one part"
                    )
                owner[patient] = part


def write_split(split: Split, path: Path) -> None:
    """The split as JSON, one patient a line."""
    content = {
        "format": FORMAT,
        "seed": split.seed,
        "parts": {part: list(patients) for part, patients in split.parts.items()},
        "labels_sha256": split.labels_sha256,
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_split(path: Path) -> Split:
    """The split stored at ``path``.

    Raises:
        InputError: the file is no split, or a patient is in two parts of it.
    """
    return read_json(path, Split, format_name=FORMAT, foreign_keys=True)


def check_split(split: Split, labels: Mapping[str, Path]) -> None:
    """Refuse label files that are missing or not those the split was made of.

    Raises:
        InputError: a patient's file or SHA-256 is missing, or the SHA-256 is another.
    """
    for patient in (patient for patients in split.parts.values() for patient in patients):
        if patient not in labels:
            raise InputError(f"patient {patient} of the split has no label file")
        if patient not in split.labels_sha256:
            raise InputError(f"the split holds no SHA-256 of the labels of {patient}")
        if sha256_of_file(labels[patient]) != split.labels_sha256[patient]:
            raise InputError(
                f"the labels of {patient} changed since the split was made; make it anew"
            )


def refuse_duplicate_images(images: Mapping[str, Path]) -> None:
    """Refuse two patients whose image files hold the same bytes, compressed or not.

    Raises:
        InputError: names the two patients.
    """
    seen: dict[str, str] = {}
    for patient, path in images.items():
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        digest = hashlib.sha256(content).hexdigest()
        if digest in seen:
            raise InputError(
                f"patients {seen[digest]} and {patient} have the same image; keep one of them"
            )
        seen[digest] = patient


def sha256_of_file(path: Path) -> str:
    """SHA-256 of the bytes of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()

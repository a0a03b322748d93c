"""Bundles that readings were begun with, stored beside them: a later default changes no reading."""

from __future__ import annotations

import re
from pathlib import Path

from lgescar.bundle import Bundle, open_bundle
from lgescar.bundle.open import bundle_of
from lgescar.core import atomic
from lgescar.core.errors import ModelError, UsageError

BUNDLES = "bundles"
"""Folder of the store; within it one folder for each bundle, called by its SHA-256."""
SHA256 = re.compile(r"[0-9a-f]{64}")


def store_bundle(store: Path, bundle: Bundle) -> None:
    """The bundle's files in the store's folder, once, whole or not at all.

    Raises:
        UsageError: they cannot be written.
    """
    folder = store / BUNDLES / bundle.sha256
    if not folder.is_dir():
        try:
            atomic.write_folder(folder, bundle.files)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise UsageError(f"the store cannot be written: {reason}; check --store") from error


def known_bundle(store: Path, sha256: str) -> Bundle | None:
    """The bundle of that SHA-256, from the store or among those installed, every file checked.

    None where it is in neither, or no longer whole.
    """
    if not SHA256.fullmatch(sha256):  # an imported session names what it likes
        return None
    for folder in (store / BUNDLES / sha256, bundle_of(sha256)):
        try:
            found = None if folder is None else open_bundle(folder.resolve())
        except ModelError:
            continue
        if found is not None and found.sha256 == sha256:
            return found
    return None

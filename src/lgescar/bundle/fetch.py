"""Brings a bundle in from a folder, a zip or a web address: only when the user asks."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import urlopen

from lgescar.bundle.card import CARDS, KINDS
from lgescar.bundle.open import EMBEDDED, open_model, own_bundles
from lgescar.core.atomic import replace_folder
from lgescar.core.errors import ModelError

LARGEST_BYTES = 1 << 30
FILES = (*CARDS, *sorted({name for kind in KINDS for name in kind.NETWORKS}))
SECONDS = 60


def fetch_bundle(source: str) -> Path:
    """Copy a bundle to the user's own bundles, once it is checked; its new folder.

    ``source`` is a bundle folder, a zip of one, or an https address of such a zip. A bundle of
    the same name that was fetched before is replaced.

    Raises:
        ModelError: nothing there, damaged, foreign, or named like an embedded bundle.
    """
    home = own_bundles()
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=".fetch-") as scratch:
        folder = Path(scratch) / "bundle"
        folder.mkdir()
        for name, content in _files(source).items():
            (folder / name).write_bytes(content)
        card = open_model(folder).card
        if not card.name.replace("-", "").replace("_", "").isalnum():
            raise ModelError("the bundle's name may hold letters, digits, '-' and '_' only")
        if (EMBEDDED / card.name).exists():
            raise ModelError(f"{card.name!r} is an embedded bundle; give it by its path instead")
        target = home / card.name
        replace_folder(folder, target)
    return target


def _files(source: str) -> dict[str, bytes]:
    path = Path(source)
    if path.is_dir():
        return {n: (path / n).read_bytes() for n in FILES if (path / n).is_file()}
    try:
        payload = _downloaded(source) if urlparse(source).scheme else path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            wanted = {e.filename.rsplit("/", 1)[-1]: e for e in archive.infolist()}
            return {n: _inflated(archive, wanted[n]) for n in FILES if n in wanted}
    except (OSError, zipfile.BadZipFile) as error:
        raise ModelError("no bundle could be read there; expected a folder, zip or URL") from error


def _downloaded(address: str) -> bytes:
    if not address.startswith("https://"):
        raise ModelError("bundles are fetched over https only")
    with urlopen(address, timeout=SECONDS) as response:
        content: bytes = response.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise ModelError("the bundle is larger than 1 GiB")
    return content


def _inflated(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.file_size > LARGEST_BYTES:
        raise ModelError("a file of the bundle is larger than 1 GiB")
    return archive.read(entry)

"""Opens a bundle of any kind: card checked, every file hashed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from lgescar.bundle.card import CARDS, AnyCard, Card, SamCard, read_card
from lgescar.bundle.models import Bundle, SamBundle, SingleModel
from lgescar.core.errors import ModelError

EMBEDDED = Path(__file__).parent / "data"
LARGEST_NETWORK_BYTES = 1 << 30


def bundle_names() -> tuple[str, ...]:
    """Names of the bundles that came with the package or were fetched, sorted."""
    found = {p.parent.name for home in _homes() for name in CARDS for p in home.glob(f"*/{name}")}
    return tuple(sorted(found))


def own_bundles() -> Path:
    """Folder for bundles the user fetched."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "lgescar" / "bundles"


def bundle_folder(name_or_path: str | Path) -> Path:
    """The folder of a bundle, or of a model of any kind, given by name or path.

    Raises:
        ModelError: nothing there.
    """
    places = (*(home / str(name_or_path) for home in _homes()), Path(name_or_path))
    for folder in places:
        if any((folder / name).is_file() for name in CARDS):
            return folder
    raise ModelError(
        f"no bundle {str(name_or_path)!r}: expected a folder that lgescar export wrote, or one of "
        f"{', '.join(bundle_names()) or '(none installed)'}"
    )


def bundle_of(sha256: str) -> Path | None:
    """The folder of the installed bundle with that SHA-256; None where there is none."""
    for name in bundle_names():
        folder = bundle_folder(name)
        if hashlib.sha256(_card_bytes(folder)).hexdigest() == sha256:
            return folder
    return None


def open_model(name_or_path: str | Path) -> Bundle | SamBundle | SingleModel:
    """A checked model of whatever kind its card says, ready to run.

    Its SHA-256 is that of its card, which holds those of its networks.

    Raises:
        ModelError: missing, damaged or foreign.
    """
    folder = bundle_folder(name_or_path)
    text = _card_bytes(folder)
    card = read_card(text, f"bundle {folder.name}")
    networks, sha256 = _networks(folder, card.files), hashlib.sha256(text).hexdigest()
    if isinstance(card, Card):
        return Bundle(card, sha256, networks, text)
    if isinstance(card, SamCard):
        return SamBundle(card, sha256, networks, text)
    return SingleModel(card, sha256, networks, text)


def open_bundle(name_or_path: str | Path = "default") -> Bundle:
    """A checked bundle that finds the heart.

    Raises:
        ModelError: as ``open_model``, or a model that finds none.
    """
    model = open_model(name_or_path)
    if isinstance(model, Bundle):
        return model
    what = model.card.role if isinstance(model, SingleModel) else "SAM segmenter"
    raise ModelError(
        f"{bundle_folder(name_or_path).name} is a {what.replace('-', ' ')}: "
        "it belongs to --system, not to --bundle"
    )


def write_model(card: AnyCard, networks: Mapping[str, bytes], out: Path) -> None:
    """Card and networks in the folder ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    for name, payload in networks.items():
        (out / name).write_bytes(payload)
    (out / card.FILE).write_text(card.to_json(), encoding="utf-8")


def _card_bytes(folder: Path) -> bytes:
    path = next(folder / name for name in CARDS if (folder / name).is_file())
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"bundle {folder.name}: {path.name} cannot be read") from error


def _networks(folder: Path, files: Mapping[str, str]) -> dict[str, bytes]:
    """The bytes of a bundle's networks, by name; ``files`` holds the SHA-256 of each."""
    networks: dict[str, bytes] = {}
    for name, sha256 in files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size > LARGEST_NETWORK_BYTES:
            raise ModelError(f"bundle {folder.name}: {name} is missing or too large")
        networks[name] = path.read_bytes()
        if hashlib.sha256(networks[name]).hexdigest() != sha256:
            raise ModelError(
                f"bundle {folder.name}: {name} differs from its checksum; fetch the bundle again"
            )
    return networks


def _homes() -> tuple[Path, Path]:
    return EMBEDDED, own_bundles()

"""SAM's published weights, from a folder on this machine, fitted to another input size."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from lgescar.core.errors import ModelError
from lgescar.networks.sam import Sam, fresh_model, stored_config

WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")
PLACES = "shared_image_embedding.positional_embedding"
PLACES_AGAIN = "prompt_encoder.shared_embedding.positional_embedding"


def checkpoint_folder(name: str) -> Path:
    """The folder of weights called ``name``: a path, or ``owner/name`` fetched before.

    Raises:
        ModelError: neither is here; nothing is ever downloaded.
    """
    if (Path(name) / "config.json").is_file():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        found = Path(snapshot_download(name, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError, OSError):
        found = Path(name)
    if (found / "config.json").is_file():
        return found
    raise ModelError(
        f"no SAM weights at {name!r}, and lgescar downloads nothing by itself; where there is a "
        "network, fetch them once: hf download facebook/sam-vit-base --local-dir FOLDER (or "
        "sam-vit-large, sam-vit-huge, wanglab/medsam-vit-base), then set checkpoint to FOLDER"
    )


def checkpoint_sam(
    folder: Path, image_px: int, view_px: int, *, unit_range: bool = False
) -> tuple[Sam, Any, str]:
    """SAM with the folder's weights at ``image_px``, its configuration, and their SHA-256.

    Raises:
        ModelError: no weights, damaged ones, or those of another network.
    """
    config = stored_config(folder, image_px)
    weights, sha256 = _weights(folder)
    model = fresh_model(config)
    model.load_state_dict(fitted(weights, model.state_dict()))
    return Sam(model, view_px, unit_range=unit_range), config, sha256


def fitted(weights: dict[str, Tensor], wanted: dict[str, Tensor]) -> dict[str, Tensor]:
    """``weights`` with tables of positions resized where ``wanted`` has other sizes.

    Absolute positions are interpolated as a picture (bicubic), relative ones along their one
    axis (linear).

    Raises:
        ModelError: a weight is missing, or has a shape that no resizing explains.
    """
    shared = weights.get(PLACES, weights.get(PLACES_AGAIN))  # files hold the tied table once
    if shared is not None:
        weights = {**weights, PLACES: shared, PLACES_AGAIN: shared}
    out = {}
    for name, target in wanted.items():
        source = weights.get(name)
        if source is None:
            raise ModelError(f"these weights lack {name}: they are not those of a SAM")
        if source.shape != target.shape:
            source = _resized(name, source, target)
        out[name] = source.to(target.dtype)
    return out


def _resized(name: str, source: Tensor, target: Tensor) -> Tensor:
    kind = name.rsplit(".", 1)[-1]
    if kind == "pos_embed" and source.shape[-1] == target.shape[-1]:
        picture = source.permute(0, 3, 1, 2)
        size = target.shape[1:3]
        return functional.interpolate(
            picture, size, mode="bicubic", align_corners=False, antialias=True
        ).permute(0, 2, 3, 1)
    if kind in ("rel_pos_h", "rel_pos_w") and source.shape[-1] == target.shape[-1]:
        line = source.T[None]
        return functional.interpolate(line, len(target), mode="linear")[0].T
    found, expected = list(source.shape), list(target.shape)
    raise ModelError(f"{name} is {found}, expected {expected}: the weights are of another network")


def _weights(folder: Path) -> tuple[dict[str, Tensor], str]:
    path = next((folder / n for n in WEIGHT_FILES if (folder / n).is_file()), None)
    if path is None:
        raise ModelError(f"{folder.name} holds none of {', '.join(WEIGHT_FILES)}")
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        if path.suffix == ".safetensors":
            return load_file(path), sha256
        return dict(torch.load(path, map_location="cpu", weights_only=True)), sha256
    except (SafetensorError, RuntimeError, ValueError, EOFError, OSError) as error:
        raise ModelError(f"{path.name} of {folder.name} is damaged; fetch it again") from error

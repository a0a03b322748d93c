"""YOLO12 by ultralytics (extra yolo, AGPL-3.0), in a process of its own and off the network.

Our part ends at files: pictures and boxes go in, an ONNX graph comes out. Nothing that uses the
detector afterwards needs ultralytics.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from lgescar.core.box import Box
from lgescar.core.errors import UsageError
from lgescar.core.tissue import Tissue
from lgescar.metrics.detection import lesion_boxes
from lgescar.train.augment import plain_views, views
from lgescar.train.dataset import LabelledSlice
from lgescar.train.processes import refuse_several, run_apart
from lgescar.train.recipe import DetectorRecipe, Yolo
from lgescar.train.task import batch_rng

STRIDE = 32
BATCH_OF_VIEWS = 16


def train_yolo(
    recipe: DetectorRecipe, slices: tuple[list[LabelledSlice], list[LabelledSlice]], run: Path
) -> bytes:
    """Train YOLO12 in its default configuration; the ONNX graph.

    A finished run is not trained again; one that was stopped goes on from its last epoch.

    Raises:
        ModelError: ultralytics failed; its words are in ``yolo/log.txt``.
    """
    assert recipe.yolo is not None  # the recipe holds either network
    folder = (run / "yolo").resolve()  # ultralytics lays relative paths elsewhere
    graph = folder / "detector.onnx"
    if not graph.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="lgescar-yolo-") as scratch:
            data = write_yolo_data(recipe, *slices, Path(scratch) / "data")
            _run_steps(recipe, data, folder)
    return graph.read_bytes()


def write_yolo_data(
    recipe: DetectorRecipe, train: list[LabelledSlice], tune: list[LabelledSlice], out: Path
) -> Path:
    """Pictures, labels and ``data.yaml`` as ultralytics reads them; the path of the last.

    Training slices come as random views, tune slices as they are. A slice without scar has an
    empty label file: there is nothing to find.
    """
    assert recipe.yolo is not None  # the recipe holds either network
    for part in ("train", "tune"):
        for kind in ("images", "labels"):
            (out / kind / part).mkdir(parents=True, exist_ok=True)
    for view in range(recipe.yolo.views):
        for first in range(0, len(train), BATCH_OF_VIEWS):
            some = train[first : first + BATCH_OF_VIEWS]
            rng = batch_rng(recipe.seed, view * len(train) + first)
            seen = views(some, recipe.view_px, recipe.augmentation, rng)
            _write_pictures(out, "train", f"{view:02}-{first:05}", seen)
    if tune:
        _write_pictures(out, "tune", "00", plain_views(tune, recipe.view_px))
    sheet = {"path": str(out), "train": "images/train", "val": "images/tune", "names": {0: "scar"}}
    path = out / "data.yaml"
    path.write_text(json.dumps(sheet), encoding="utf-8")  # JSON is YAML
    return path


def yolo_line(box: Box, size: int) -> str:
    """Class 0 and the box's centre, width and height as shares of the picture."""
    top, left, bottom, right = (v / size for v in (box.top, box.left, box.bottom, box.right))
    return (
        f"0 {(left + right) / 2:.6f} {(top + bottom) / 2:.6f} {right - left:.6f} {bottom - top:.6f}"
    )


def offline_settings(config: Path) -> dict[str, str]:
    """Of the environment in which ultralytics neither installs, downloads nor reports anything."""
    return {
        "YOLO_OFFLINE": "true",
        "YOLO_AUTOINSTALL": "false",
        "YOLO_CONFIG_DIR": str(config),
        "WANDB_MODE": "disabled",
        "COMET_MODE": "disabled",
    }


def as_picture(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A standardised view from its darkest to its brightest as 8 bit; ``YoloBoxes`` does alike."""
    low, high = float(image.min()), float(image.max())
    return np.asarray(np.rint((image - low) / max(high - low, 1e-6) * 255.0), np.uint8)


def _write_pictures(out: Path, part: str, name: str, seen: tuple[Tensor, Tensor]) -> None:
    images, codes = seen
    for i, (image, tissue) in enumerate(zip(images[:, 0].numpy(), codes.numpy(), strict=True)):
        stem = f"{name}-{i:05}"
        Image.fromarray(as_picture(image)).convert("RGB").save(
            out / "images" / part / f"{stem}.png"
        )
        boxes = lesion_boxes(np.asarray(tissue >= Tissue.SCAR))
        lines = [yolo_line(box, tissue.shape[0]) for box in boxes]
        (out / "labels" / part / f"{stem}.txt").write_text("\n".join(lines))


def refuse_without_yolo(plan: Yolo, size: int) -> None:
    """Refuse before anything is read or written.

    Raises:
        UsageError: ultralytics or the weights are missing, ``size`` is no multiple of 32, or
            several processes were started.
    """
    refuse_several("YOLO12")
    if importlib.util.find_spec("ultralytics") is None:
        raise UsageError(
            "YOLO12 needs ultralytics (AGPL-3.0); install it with: pip install 'lgescar[yolo]', "
            "or use a recipe with [centres]"
        )
    if not plan.weights.endswith(".yaml") and not Path(plan.weights).is_file():
        raise UsageError(
            f"no weights at {plan.weights}; give a local file (nothing is downloaded), or "
            "yolo12n.yaml to train from scratch"
        )
    if size % STRIDE:
        raise UsageError(f"YOLO12's view_px is a multiple of {STRIDE}, found {size}")


def _run_steps(recipe: DetectorRecipe, data: Path, folder: Path) -> None:
    """Train and export in a child process, its words in ``log.txt``."""
    assert recipe.yolo is not None  # the recipe holds either network
    config = folder / "config"
    _place_font(config)
    job = {
        "data": str(data),
        "folder": str(folder),
        "weights": recipe.yolo.weights,
        "epochs": recipe.yolo.epochs,
        "batch": recipe.yolo.batch,
        "size": recipe.view_px,
        "jitter_px": recipe.box_jitter_px,
        "seed": recipe.seed,
    }
    run_apart("ultralytics", "lgescar.train.yolo_steps", job, offline_settings(config), folder)


def _place_font(config: Path) -> None:
    """Ultralytics searches for Arial and would fetch it; matplotlib's own font takes its place."""
    import matplotlib

    place = config / "Ultralytics" / "Arial.ttf"
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", place)

"""What runs beside ultralytics: ``python -m lgescar.train.yolo_steps JOB``.

Started by ``train/yolo.py`` with an environment that keeps ultralytics off the network, since it
reads that environment when it is imported.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lgescar.train.graph import onnx_graph, refuse_difference

LOOPBACK = ("127.", "::1", "localhost")
TRACKERS = (
    "sync", "clearml", "comet", "dvc", "hub", "mlflow", "neptune", "raytune", "tensorboard",
    "wandb", "vscode_msg",
)  # fmt: skip


class YoloBoxes(nn.Module):
    """A YOLO network as our detectors are: standardised views in, boxes and scores out.

    Each view is shown from its darkest to its brightest, as the pictures it was trained on.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Boxes (n, k, 4: top, left, bottom, right) and scores (n, k)."""
        low, high = image.amin((1, 2, 3), keepdim=True), image.amax((1, 2, 3), keepdim=True)
        shown = (image - low) / torch.clamp(high - low, min=1e-6)
        found = self.network(shown.repeat(1, 3, 1, 1))
        x, y, width, height, score = found[:, :5].unbind(dim=1)
        half_w, half_h = width / 2, height / 2
        return torch.stack([y - half_h, x - half_w, y + half_h, x + half_w], dim=-1), score


def stay_home(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: no connection leaves the machine."""
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "127."
        if not str(host).startswith(LOOPBACK):
            raise ConnectionError("training does not use the network")
    if event == "socket.getaddrinfo" and not str(arguments[0]).startswith(LOOPBACK):
        raise ConnectionError("training does not use the network")


def main(job: dict[str, Any]) -> None:
    """Train, then write ``detector.onnx``."""
    sys.addaudithook(stay_home)
    import ultralytics

    ultralytics.settings.update({key: False for key in TRACKERS if key in ultralytics.settings})
    folder = Path(job["folder"])
    _train(job, folder)
    best = folder / "train" / "weights" / "best.pt"
    network = ultralytics.YOLO(str(best)).model.float().eval()
    head = network.model[-1]
    head.export, head.format, head.dynamic = True, "onnx", False
    module = YoloBoxes(network).eval()
    feed = {"image": torch.randn(2, 1, job["size"], job["size"])}
    with torch.no_grad():
        module(*feed.values())  # the head lays its anchors on the first picture
    graph = onnx_graph(module, feed, dict.fromkeys(("image", "boxes", "scores"), (0,)))
    refuse_difference(graph, module, feed, 2)
    part = folder / "detector.onnx.part"
    part.write_bytes(graph)
    part.replace(folder / "detector.onnx")


def _train(job: dict[str, Any], folder: Path) -> None:
    """Ultralytics' default configuration; on from the last epoch where one is there."""
    from ultralytics import YOLO

    last = folder / "train" / "weights" / "last.pt"
    if last.is_file():
        if _finished(last):
            return
        YOLO(str(last)).train(trainer=jittering_trainer(job), resume=True, data=job["data"])
        return
    weights = str(job["weights"])
    YOLO(weights).train(
        trainer=jittering_trainer(job),
        data=job["data"],
        epochs=job["epochs"],
        batch=job["batch"],
        imgsz=job["size"],
        seed=job["seed"],
        project=str(folder),
        name="train",
        exist_ok=True,
        pretrained=False,
        amp=False,
        plots=False,
        workers=0 if not torch.cuda.is_available() else 4,
        single_cls=True,
    )


def jittering_trainer(job: dict[str, Any]) -> Any:
    """Ultralytics' detection trainer with the edges of its boxes moved by up to ``jitter_px``."""
    from ultralytics.models.yolo.detect import DetectionTrainer

    reach = float(job["jitter_px"]) / float(job["size"])

    class JitteringTrainer(DetectionTrainer):  # type: ignore[misc]  # ultralytics has no types
        """Boxes as hands draw them."""

        def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
            """Ultralytics' own preparation, then jitter."""
            ready: dict[str, Any] = super().preprocess_batch(batch)
            ready["bboxes"] = jittered_shares(ready["bboxes"], reach)
            return ready

    return JitteringTrainer


def jittered_shares(boxes: Tensor, reach: float) -> Tensor:
    """Boxes (n, 4: x, y, width, height, as shares) with each edge moved by up to ``reach``."""
    if not reach or not len(boxes):
        return boxes
    half = boxes[:, 2:] / 2
    low, high = boxes[:, :2] - half, boxes[:, :2] + half
    move = (torch.rand(2, len(boxes), 2, device=boxes.device) * 2 - 1) * reach
    low = torch.minimum(low + move[0], boxes[:, :2] - half / 4).clamp(0.0, 1.0)
    high = torch.maximum(high + move[1], boxes[:, :2] + half / 4).clamp(0.0, 1.0)
    return torch.cat([(low + high) / 2, high - low], dim=1)


def _finished(last: Path) -> bool:
    """Whether ultralytics ran its last epoch: it then strips the checkpoint's epoch to -1."""
    state = torch.load(last, map_location="cpu", weights_only=False)
    return int(state.get("epoch", -1)) < 0


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

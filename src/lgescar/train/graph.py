"""Torch modules as ONNX graphs with the same outputs."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lgescar.bundle.models import OnnxNetwork
from lgescar.core.errors import ModelError

PARITY = 1e-4
"""Largest difference allowed between torch and ONNX Runtime, relative to the largest value."""


def onnx_graph(
    module: nn.Module, feed: dict[str, Tensor], free: dict[str, tuple[int, ...]]
) -> bytes:
    """ONNX bytes of a module with inputs ``feed``.

    ``free`` names, for inputs and then outputs, the axes that may have any length; its keys that
    are no input are the outputs, in order.
    """
    outputs = [name for name in free if name not in feed]
    axes = {name: {axis: f"{name}{axis}" for axis in chosen} for name, chosen in free.items()}
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces its next exporter on every call
        torch.onnx.export(
            module.eval().to(memory_format=torch.contiguous_format),
            tuple(feed.values()),
            buffer,  # type: ignore[arg-type]
            input_names=list(feed),
            output_names=outputs,
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    return buffer.getvalue()


@torch.no_grad()
def refuse_difference(
    graph: bytes,
    module: nn.Module,
    feed: Mapping[str, Tensor],
    outputs: int,
    name: str = "the graph",
) -> None:
    """Refuse a graph whose outputs differ from those of the module it was made of.

    Raises:
        ModelError: an output differs by more than ``PARITY`` of its largest value.
    """
    ours = OnnxNetwork(graph, tuple(feed), outputs).run({k: v.numpy() for k, v in feed.items()})
    found = module.eval()(*feed.values())
    theirs = found if isinstance(found, tuple) else (found,)
    for got, expected in zip(ours, theirs, strict=True):
        refuse_distance(name, got, expected.numpy())


def refuse_distance(name: str, ours: NDArray[Any], theirs: NDArray[Any]) -> None:
    """Refuse an output of ONNX Runtime, ``ours``, that differs from torch's.

    Raises:
        ModelError: by more than ``PARITY`` of torch's largest value.
    """
    error = float(np.abs(ours - theirs).max() / max(1.0, np.abs(theirs).max()))
    if error > PARITY:
        raise ModelError(f"{name} differs from torch by {error:.1e}, allowed {PARITY:.0e}")

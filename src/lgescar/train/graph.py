"""Torch modules as ONNX graphs that answer alike."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping

import numpy as np
import torch
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
    graph: bytes, module: nn.Module, feed: Mapping[str, Tensor], outputs: int
) -> None:
    """Refuse a graph that answers differently from the module it was made of.

    Raises:
        ModelError: an output differs by more than ``PARITY`` of its largest value.
    """
    ours = OnnxNetwork(graph, tuple(feed), outputs).run({k: v.numpy() for k, v in feed.items()})
    answer = module.eval()(*feed.values())
    theirs = answer if isinstance(answer, tuple) else (answer,)
    for got, expected in zip(ours, (t.numpy() for t in theirs), strict=True):
        error = float(np.abs(got - expected).max() / max(1.0, np.abs(expected).max()))
        if error > PARITY:
            raise ModelError(f"the graph differs from torch by {error:.1e}, allowed {PARITY:.0e}")

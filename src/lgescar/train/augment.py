"""Random views of labelled slices, the same for the same (seed, step)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor
from torch.nn import functional

from lgescar.prepare.intensity import standardised
from lgescar.prepare.polar import disc_places
from lgescar.train.dataset import REACH_PX, LabelledSlice
from lgescar.train.scanner import equalised, exposed, received


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far each random change may go; 0 switches it off. Lengths in canvas pixels.

    The last four are off unless a recipe sets them. ``clahe`` is the chance of adaptive
    histogram equalisation; ``brightness`` the furthest shift as a share of the picture's range,
    saturating; ``receiver_noise`` the largest deviation of noise as the scanner adds it, as a
    share of the picture's; ``multi_scale`` the furthest share by which whole slices of a batch
    are resized (networks that take any size only).
    """

    shift_px: float = 12.0
    scale: float = 0.25
    stretch: float = 0.1
    elastic_px: float = 2.0
    gamma: float = 0.35
    contrast: float = 0.25
    bias_field: float = 0.3
    noise: float = 0.15
    low_resolution: float = 0.3
    cover: float = 0.1
    clahe: float = 0.0
    brightness: float = 0.0
    receiver_noise: float = 0.0
    multi_scale: float = 0.0


Places = NDArray[np.float64]
"""Where a view's samples lie on a canvas: row and column (2, rows, cols) from its middle."""


def views(
    slices: Sequence[LabelledSlice], size: int, how: Augmentation, rng: Generator
) -> tuple[Tensor, Tensor]:
    """A random view of each slice: images (n, 1, size, size) and codes (n, size, size).

    With ``multi_scale`` the same field of view comes at another size, a multiple of 16.
    """
    axis = _lattice(size, _shown_px(size, how, rng))
    return _views(slices, np.stack(np.meshgrid(axis, axis, indexing="ij")), how, rng)


def disc_views(
    slices: Sequence[LabelledSlice], shape: tuple[int, int], how: Augmentation, rng: Generator
) -> tuple[Tensor, Tensor]:
    """The same along the rays of each slice's disc; ``shape`` is (angles, radii).

    The slices are those of ``disc_slices``.
    """
    return _views(slices, disc_places(*shape) * REACH_PX, how, rng)


def plain_disc_views(
    slices: Sequence[LabelledSlice], shape: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Along the rays of each slice's disc, unchanged but standardised."""
    half = slices[0].image.shape[0] / 2
    row, col = disc_places(*shape) * REACH_PX + half - 0.5
    images, codes = [], []
    for s in slices:
        at = np.round([row, col]).astype(np.intp)
        seen = ndimage.map_coordinates(s.image, [row, col], order=1, mode="nearest")
        images.append(standardised(np.asarray(seen, np.float32), s.counted[at[0], at[1]]))
        codes.append(s.codes[at[0], at[1]].astype(np.int64))
    return torch.from_numpy(np.stack(images))[:, None], torch.from_numpy(np.stack(codes))


def _views(
    slices: Sequence[LabelledSlice], places: Places, how: Augmentation, rng: Generator
) -> tuple[Tensor, Tensor]:
    stack = torch.from_numpy(
        np.stack([np.stack([s.image, s.counted.astype(np.float32)]) for s in slices])
    )
    codes = torch.from_numpy(np.stack([s.codes for s in slices]).astype(np.float32))[:, None]
    canvas = slices[0].image.shape[0]
    grid = torch.from_numpy(np.stack([_sampling_grid(canvas, places, how, rng) for _ in slices]))
    across = places / np.abs(places).max()
    grid += _smooth_fields(len(slices), across, how.elastic_px, rng) / (canvas / 2)
    seen = functional.grid_sample(stack, grid, padding_mode="border", align_corners=False)
    tissue = functional.grid_sample(codes, grid, mode="nearest", align_corners=False)
    inside = grid.abs().amax(dim=-1) <= 1.0
    images = [
        _intensities(
            _received(view[0], s, how, rng), ((view[1] > 0.5) & within).numpy(), across, how, rng
        )
        for view, within, s in zip(seen, inside, slices, strict=True)
    ]
    return torch.from_numpy(np.stack(images))[:, None], tissue[:, 0].round().long()


def plain_views(slices: Sequence[LabelledSlice], size: int) -> tuple[Tensor, Tensor]:
    """The middle of each canvas, unchanged but standardised."""
    images, codes = [], []
    for s in slices:
        cut = (s.image.shape[0] - size) // 2
        middle = (slice(cut, cut + size), slice(cut, cut + size))
        images.append(standardised(s.image[middle], s.counted[middle]))
        codes.append(s.codes[middle].astype(np.int64))
    return torch.from_numpy(np.stack(images))[:, None], torch.from_numpy(np.stack(codes))


def _shown_px(size: int, how: Augmentation, rng: Generator) -> int:
    """Samples along a side of the views: ``size``, or a random multiple of 16 near it."""
    if not how.multi_scale:
        return size
    factor = math.exp(rng.uniform(-1.0, 1.0) * math.log1p(how.multi_scale))
    return max(16, 16 * round(size * factor / 16))


def _lattice(size: int, shown: int) -> NDArray[np.float64]:
    """``shown`` sample centres along a side of ``size`` canvas pixels, from its middle."""
    return np.asarray((np.arange(shown) + 0.5) * (size / shown) - size / 2, np.float64)


def _received(
    view: Tensor, origin: LabelledSlice, how: Augmentation, rng: Generator
) -> NDArray[np.float32]:
    """Raw intensities of a view with the noise that a noisier scan of its kind would show."""
    raw = np.asarray(view.numpy(), np.float32)
    if not how.receiver_noise:
        return raw
    return received(raw, rng.uniform(0.0, how.receiver_noise), origin.sequence, rng)


def _sampling_grid(
    canvas: int, places: Places, how: Augmentation, rng: Generator
) -> NDArray[np.float32]:
    """Where on the canvas (-1 to 1, as grid_sample counts) each sample of the view looks."""
    angle = rng.uniform(0.0, 2.0 * math.pi)
    zoom = math.exp(rng.uniform(-1.0, 1.0) * math.log1p(how.scale))
    aspect = math.exp(rng.uniform(-1.0, 1.0) * math.log1p(how.stretch))
    mirror = rng.choice([-1.0, 1.0])
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    matrix = turn @ np.diag([zoom * aspect, zoom / aspect * mirror])
    at = np.einsum("ij,jrc->irc", matrix, places)
    at += rng.uniform(-how.shift_px, how.shift_px, 2)[:, None, None]
    return np.stack([at[1], at[0]], axis=-1).astype(np.float32) / (canvas / 2)


def _smooth_fields(count: int, across: Places, strength: float, rng: Generator) -> Tensor:
    """Random displacements (count, rows, cols, 2) that vary over about a sixth of the view.

    ``across`` are the samples' places, -1 to 1.
    """
    coarse = rng.normal(0.0, 1.0, (count, 2, 7, 7)) * strength * rng.uniform(size=(count, 1, 1, 1))
    grid = torch.from_numpy(across[::-1].copy().astype(np.float32)).permute(1, 2, 0)
    fields = functional.grid_sample(
        torch.from_numpy(coarse.astype(np.float32)),
        grid.expand(count, *grid.shape),
        mode="bicubic",
        padding_mode="border",
        align_corners=True,
    )
    return fields.permute(0, 2, 3, 1)


def _intensities(
    image: NDArray[np.float32],
    counted: NDArray[np.bool_],
    across: Places,
    how: Augmentation,
    rng: Generator,
) -> NDArray[np.float32]:
    """Brightness, blur and noise as another scanner might give them; then standardised."""
    x: NDArray[np.floating] = standardised(image, counted)
    if rng.uniform() < how.low_resolution:
        x = ndimage.gaussian_filter(x, rng.uniform(0.4, 1.2))
    if how.bias_field and rng.uniform() < 0.5:
        slope = rng.normal(0.0, how.bias_field, 2)
        x = (x - x.min()) * np.exp(slope[0] * across[0] + slope[1] * across[1])
    if how.gamma:
        low, high = float(x.min()), float(x.max())
        span = max(high - low, 1e-6)
        power = math.exp(rng.uniform(-1.0, 1.0) * how.gamma * 1.5)
        x = low + span * ((x - low) / span) ** power
    if how.contrast:
        x = np.tanh(standardised(x.astype(np.float32), counted) * rng.uniform(0.2, 1.0)) * 2.0
    if how.clahe and rng.uniform() < how.clahe:
        x = equalised(np.asarray(x, np.float32), rng.uniform(1.0, 4.0))
    if how.brightness:
        x = exposed(np.asarray(x, np.float32), rng.uniform(-how.brightness, how.brightness))
    x = standardised(np.asarray(x, np.float32), counted)
    if how.noise and rng.uniform() < 0.6:
        grain = rng.normal(0.0, 1.0, x.shape)
        if rng.uniform() < 0.5:
            grain = ndimage.gaussian_filter(grain, 0.7) * 2.2
        x = x + grain * rng.uniform(0.0, how.noise) * 1.5
    if how.cover and rng.uniform() < how.cover:
        x = _covered(np.asarray(x, np.float32), across, rng)
    return standardised(np.asarray(x, np.float32), counted)


def _covered(x: NDArray[np.float32], across: Places, rng: Generator) -> NDArray[np.float32]:
    """The view with a strip at one edge blank, as where the picture ends near the heart."""
    inner = 1.0 - 2.0 * rng.uniform(0.05, 0.25)
    sign = (-1.0, 1.0)[rng.integers(2)]
    along = across[0] if rng.uniform() < 0.5 else across[1]
    return np.where(along * sign > inner, x.min(), x)

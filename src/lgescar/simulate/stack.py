"""Where the slices of a simulated stack lie in the patient."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lgescar.core.arrays import Matrix
from lgescar.core.image import SliceGeometry, vector
from lgescar.simulate.phantom import Phantom
from lgescar.simulate.scanner import ScanProtocol


def short_axis_planes(
    rng: np.random.Generator, body: Phantom, scan: ScanProtocol
) -> list[SliceGeometry]:
    """Short-axis planes on the acquired grid, base to apex, heart anywhere but at the rim."""
    septum, inferior, apex = body.axes
    normal = apex + rng.normal(0.0, 0.05) * septum + rng.normal(0.0, 0.05) * inferior
    normal /= np.linalg.norm(normal)
    across = -septum + (septum @ normal) * normal
    across /= np.linalg.norm(across)
    down = np.cross(normal, across)
    turn = rng.normal(0.35, 0.35) + (np.pi / 2) * int(rng.choice(4, p=[0.7, 0.1, 0.1, 0.1]))
    across, down = (
        np.cos(turn) * across + np.sin(turn) * down,
        np.cos(turn) * down - np.sin(turn) * across,
    )
    first = rng.uniform(-3.0, 10.0)
    last = rng.uniform(0.8, 1.0) * body.length_mm
    count = max(int((last - first) / scan.step_mm) + 1, 3)
    size = np.array([scan.rows, scan.cols]) * scan.pixel_mm
    room = np.maximum(size / 2 - 75.0, 0.0)
    towards = np.array([-(body.centre_mm @ down), -(body.centre_mm @ across)])
    offset = np.clip(0.45 * towards + rng.normal(0.0, 16.0, 2), -room, room)
    corner = body.centre_mm + offset[0] * down + offset[1] * across
    corner = corner - (size[0] - scan.pixel_mm) / 2 * down - (size[1] - scan.pixel_mm) / 2 * across
    return [
        SliceGeometry(
            vector(corner + (first + i * scan.step_mm) * normal),
            vector(down),
            vector(across),
            (scan.pixel_mm, scan.pixel_mm),
        )
        for i in range(count)
    ]


def zoomed(plane: SliceGeometry, scan: ScanProtocol) -> SliceGeometry:
    """The reconstructed grid of a plane: same outer edges, smaller pixels."""
    half = (scan.pixel_mm - scan.spacing_mm) / 2
    origin = np.array(plane.origin_mm) - half * (np.array(plane.down) + np.array(plane.across))
    return replace(plane, origin_mm=vector(origin), spacing_mm=(scan.spacing_mm,) * 2)


def affine(planes: list[SliceGeometry]) -> Matrix:
    """NIfTI matrix (RAS, mm) of an array (row, col, slice) whose slices are ``planes``."""
    first, second = (np.array(plane.origin_mm) for plane in planes[:2])
    rows_mm, cols_mm = planes[0].spacing_mm or (1.0, 1.0)
    matrix = np.eye(4)
    matrix[:3, 0] = np.array(planes[0].down) * rows_mm
    matrix[:3, 1] = np.array(planes[0].across) * cols_mm
    matrix[:3, 2] = second - first
    matrix[:3, 3] = first
    matrix[:2] *= -1.0
    return matrix

"""A simulated patient: a study, its exact truth and what a reader would have drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from lgescar.core.errors import UsageError
from lgescar.core.image import Slice, SliceGeometry
from lgescar.core.study import Grid, Reconstruction, Study
from lgescar.core.tissue import MYOCARDIAL_DENSITY_G_PER_ML, LabelMap, Tissue
from lgescar.simulate.annotator import annotate_stack
from lgescar.simulate.infarct import ScarKind, Territory
from lgescar.simulate.phantom import heart
from lgescar.simulate.physics import TissueSignal, expose
from lgescar.simulate.render import Rendered, pixel_points, render
from lgescar.simulate.scanner import ScanProtocol, Shot, Vendor, acquire, coil, protocol
from lgescar.simulate.stack import affine, short_axis_planes, zoomed
from lgescar.simulate.thorax import Thorax, thorax

ScarChoice = Literal["acute", "chronic", "none", "mixed"]

FIRST_INSTANCE = 100
"""Part of a patient's UIDs from which its slices are counted."""

KIND_SHARE: dict[ScarKind, float] = {"acute": 0.4, "chronic": 0.4, "none": 0.2}
"""What "mixed" draws from."""


@dataclass(frozen=True, slots=True)
class TrueMass:
    """Grams within the stack, gaps included, from the shape itself and not from labels."""

    lv_g: float
    scar_g: float
    mvo_g: float

    @property
    def scar_percent(self) -> float:
        """Scar, MVO included, as a share of the wall."""
        return 100.0 * self.scar_g / self.lv_g


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedPatient:
    """One patient whose scar is known; ``truth`` and ``noisy`` hold one label map a slice."""

    study: Study
    truth: tuple[LabelMap, ...]
    noisy: tuple[LabelMap, ...]
    mass: TrueMass
    kind: ScarKind
    territory: Territory | None
    protocol: ScanProtocol
    inversion_time_ms: float
    seed: int


def simulate_patient(
    seed: int,
    *,
    scar: str = "mixed",
    contrast: str = "psir",
    vendor: Vendor | None = None,
    degree: float = 1.0,
    noise: float = 1.0,
) -> SimulatedPatient:
    """A patient made from a seed; the same arguments give the same patient, byte for byte.

    ``degree`` is how unsteady the reader of the noisy labels is. ``noise`` multiplies that of the
    receiver and changes nothing else; 0 shows the image without it. Masses are those of the imaged
    stack, first slice to last with half a step on either side.

    Raises:
        UsageError: an unknown scar, contrast or vendor, or a negative seed or noise.
    """
    kind = _kind(seed, scar)
    if not 0.0 <= noise < np.inf:
        raise UsageError(f"noise is a factor of 0 or more, found {noise}")
    for what, found, known in (("contrast", contrast, Reconstruction), ("vendor", vendor, Vendor)):
        if found is not None and found not in get_args(known):
            raise UsageError(f"{what} is one of {get_args(known)}, found {found!r}")
    scan = protocol(_stream(seed, 1), vendor)
    body = heart(_stream(seed, 2), kind)
    chest = thorax(_stream(seed, 3))
    look = expose(_stream(seed, 4), scan.readout, contrast == "psir")
    planes = short_axis_planes(_stream(seed, 5), body, scan)
    rng = _stream(seed, 6)
    shifts = rng.normal(0.0, 0.8, (len(planes), 3))
    rendered = [
        render(replace(body, centre_mm=body.centre_mm + shift), chest, plane, scan, look.signal)
        for plane, shift in zip(planes, shifts, strict=True)
    ]
    images = _images(rng, (rendered, planes), (chest, scan, look), contrast == "psir", noise)
    study = _study(seed, [zoomed(plane, scan) for plane in planes], images, (scan, contrast))
    truth = tuple(LabelMap(r.codes) for r in rendered)
    noisy = annotate_stack(_stream(seed, 7), study, truth, scan.spacing_mm, degree)
    return SimulatedPatient(
        study,
        truth,
        noisy,
        _mass(rendered),
        kind,
        body.infarct.territory,
        scan,
        look.inversion_time_ms,
        seed,
    )


def _stream(seed: int, part: int) -> np.random.Generator:
    """An independent stream of random numbers for one part of the patient."""
    return np.random.default_rng([seed, part])


def _kind(seed: int, scar: str) -> ScarKind:
    """What kind of scar this patient has."""
    if seed < 0:
        raise UsageError(f"a seed is 0 or more, found {seed}")
    if scar == "mixed":
        kinds = tuple(KIND_SHARE)
        return kinds[int(_stream(seed, 0).choice(len(kinds), p=list(KIND_SHARE.values())))]
    for kind in KIND_SHARE:
        if kind == scar:
            return kind
    raise UsageError(f"scar is one of {get_args(ScarChoice)}, found {scar!r}")


def _images(
    rng: np.random.Generator,
    slices: tuple[list[Rendered], list[SliceGeometry]],
    setting: tuple[Thorax, ScanProtocol, TissueSignal],
    signed: bool,
    noisier: float,
) -> list[NDArray[np.float32]]:
    """What the scanner stores: whole numbers, signed for PSIR."""
    chest, scan, look = setting
    front, side = -chest.half_depth_mm - 15.0, rng.uniform(30.0, 70.0)
    elements = np.array(
        [
            (-side, front, 45),
            (side, front, 45),
            (-side, front, -45),
            (side + 30, front + 20, -45),
            (0, -front, 0),
        ],
        np.float32,
    )
    elements += rng.normal(0.0, 12.0, elements.shape).astype(np.float32)
    reach = rng.uniform(60.0, 120.0)
    evened = rng.uniform(0.5, 0.95) if signed else rng.uniform(0.0, 0.5)
    noise = noisier * look.scar_to_remote / rng.uniform(9.0, 26.0)
    gain = rng.uniform(250.0, 500.0) / look.scar_to_remote
    fat_shift = rng.choice((-1.0, 1.0)) * rng.uniform(0.4, 1.7)
    images = []
    rows, cols = np.ogrid[: scan.rows, : scan.cols]
    fine = np.ogrid[: scan.shape[0], : scan.shape[1]]
    sway = rng.uniform(0.0, 0.6) if rng.random() < 0.3 else rng.uniform(0.0, 0.2)
    for piece, plane in zip(*slices, strict=True):
        sensed = piece.signal * coil(pixel_points(plane, rows, cols), elements, reach)
        amount = rng.normal(0.0, 0.4, 2), rng.normal(0.0, sway, 2)
        shot = Shot(
            float(noise),
            scan.phase_share,
            scan.zoom,
            float(fat_shift),
            (float(amount[0][0]), float(amount[0][1])),
            (float(amount[1][0]), float(amount[1][1])),
            float(rng.uniform(1.0, 5.0)),
        )
        seen = acquire(rng, sensed, shot)
        even = coil(pixel_points(zoomed(plane, scan), fine[0], fine[1]), elements, reach) ** evened
        value = (seen.real if signed else np.abs(seen)) / even * gain
        images.append(np.clip(np.rint(value), -2048 if signed else 0, 2047 if signed else 4095))
    return images


def _study(
    seed: int,
    planes: list[SliceGeometry],
    images: list[NDArray[np.float32]],
    setting: tuple[ScanProtocol, str],
) -> Study:
    """The slices as a study, base to apex, on a grid (rows, cols, slices)."""
    scan, sequence = setting
    slices = tuple(
        Slice(simulated_uid(seed, FIRST_INSTANCE + i), image, plane)
        for i, (image, plane) in enumerate(zip(images, planes, strict=True))
    )
    return Study(
        name=f"SIM{seed:04d}",
        series_uid=simulated_uid(seed),
        slices=slices,
        indices=tuple(range(len(slices))),
        grid=Grid((*scan.shape, len(slices)), affine(planes)),
        slice_step_mm=scan.step_mm,
        sequence="psir" if sequence == "psir" else "magnitude",
        order_known=True,
        oriented=True,
        view="short-axis",
    )


def simulated_uid(seed: int, part: int = 0) -> str:
    """A UID made from a number (root 2.25) for one part of a simulated patient; 0 is the series.

    Source: DICOM PS3.5 annex B.2, UUID-derived UIDs.
    """
    number = np.random.default_rng([seed, 8, part]).bytes(16)
    return f"2.25.{UUID(bytes=number, version=4).int}"


def _mass(rendered: list[Rendered]) -> TrueMass:
    """Grams of wall, scar (MVO included) and MVO."""
    gram = MYOCARDIAL_DENSITY_G_PER_ML * np.sum([r.volume_ml for r in rendered], axis=0)
    mvo = float(gram[Tissue.MVO])
    scar = float(gram[Tissue.SCAR]) + mvo
    return TrueMass(float(gram[Tissue.VIABLE]) + scar, scar, mvo)

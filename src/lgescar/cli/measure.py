"""``lgescar measure``: quantities of an existing label map."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lgescar.core.quality import Quality
    from lgescar.core.report import Quantities, SliceCounts
    from lgescar.core.study import Note

HELP = "measure scar, wall and transmurality of an existing label map"
EXAMPLE = "lgescar measure image.nii.gz labels.nii.gz"

ROWS = (
    ("lv_mass_g", "left-ventricular mass", "g"),
    ("scar_mass_g", "scar mass", "g"),
    ("scar_volume_ml", "scar volume", "ml"),
    ("scar_percent_of_lv", "scar, share of the left ventricle", "%"),
    ("mvo_mass_g", "MVO mass", "g"),
    ("transmural_extent_percent", "transmural extent, scarred spokes", "%"),
    ("transmural_extent_all_percent", "transmural extent, all spokes", "%"),
    ("transmural_over_half_percent", "spokes with half the wall or more", "%"),
)
"""Quantity, words, unit, as printed."""
IMAGES = (
    ("snr", "signal of the blood pool", "x noise"),
    ("cnr_scar_remote", "contrast scar - remote", "x noise"),
    ("cnr_scar_blood_pool", "contrast scar - blood pool", "x noise"),
    ("cnr_blood_pool_remote", "contrast blood pool - remote", "x noise"),
    ("edge_width_mm", "edge width, blood pool to wall", "mm"),
)
"""Quality index, words, unit, as printed."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar measure``."""
    parser.add_argument(
        "image", type=Path, metavar="IMAGE", help="DICOM folder, file or zip; NIfTI; PNG/TIFF"
    )
    parser.add_argument(
        "labels", type=Path, metavar="LABELS", help="NIfTI of codes 0 to 4 on the image's grid"
    )


def run(args: argparse.Namespace) -> int:
    """Read both, measure, print."""
    from dataclasses import asdict

    from lgescar.core.report import slice_counts
    from lgescar.measure import measure, quality, quality_notes
    from lgescar.read import read_labels, read_study

    study = read_study(args.image)
    labels = read_labels(args.labels, study)
    quantities, reasons = measure(study, labels)
    images = quality(study, labels)
    notes = (*study.notes, *reasons, *quality_notes(images))
    areas = slice_counts(study, labels)
    if args.json:
        answer = {
            "quantities": asdict(quantities),
            "quality": asdict(images),
            "slices": [asdict(area) for area in areas],
            "notes": [asdict(note) for note in notes],
        }
        print(json.dumps(answer, allow_nan=False))
    else:
        print("\n".join(_page((quantities, images), areas, notes)))
    return 0


def _page(
    found: tuple[Quantities, Quality], areas: Sequence[SliceCounts], notes: Sequence[Note]
) -> list[str]:
    quantities, images = found
    lines = [
        f"{words:36} {_shown(getattr(quantities, name)):>8} {unit}" for name, words, unit in ROWS
    ]
    lines += ["", f"{'image quality (automatic)':36} {images.grade or 'unknown':>8}"]
    lines += [
        f"{words:36} {_shown(getattr(images, name)):>8} {unit}" for name, words, unit in IMAGES
    ]
    lines += ["", f"{'slice':>5} {'blood pool':>11} {'wall':>8} {'scar':>8} {'MVO':>8}  px"]
    lines += [
        f"{a.index:5} {a.blood_pool_px:11} {a.wall_px:8} {a.scar_px:8} {a.mvo_px:8}" for a in areas
    ]
    if quantities.aha:
        lines += ["", f"{'AHA segment':>11} {'scar %':>8} {'transmural %':>13}"]
        lines += [
            f"{s.segment:11} {_shown(s.scar_percent):>8} {_shown(s.transmural_percent):>13}"
            for s in quantities.aha
        ]
    return [*lines, *(["", *(f"note {n.code}: {n.message}" for n in notes)] if notes else [])]


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1f}"

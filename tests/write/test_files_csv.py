import csv
import io

import pytest

from lgescar.core.box import Box
from lgescar.core.quality import Quality, SliceQuality
from lgescar.write.files import slices_csv


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_each_slice_has_a_row(make_report) -> None:
    report = make_report(study={"indices": (4, 2)}, boxes=((Box(0, 0, 1, 1),), ()))

    first, empty = rows(slices_csv(report))

    assert [first["index"], empty["index"]] == ["4", "2"]
    counts = (first["blood_pool_px"], first["wall_px"], first["scar_px"], first["mvo_px"])
    assert counts == ("1", "5", "3", "1")
    assert float(first["scar_area_mm2"]) == pytest.approx(3 * 1.4 * 1.3)
    assert first["scar_percent_of_wall"] == "60.0"
    assert [first["boxes"], empty["boxes"]] == ["1", "0"]


def test_a_cell_without_basis_is_empty(make_report) -> None:
    first, empty = rows(slices_csv(make_report(study={"spacing_mm": None})))

    assert first["scar_area_mm2"] == ""
    assert empty["scar_percent_of_wall"] == ""
    assert empty["scar_px"] == "0"


def test_the_quality_of_each_slice_stands_in_its_row(make_report) -> None:
    quality = Quality(slices=(SliceQuality(index=0, noise_sd=2.5, snr=20.0), SliceQuality(index=1)))

    first, empty = rows(slices_csv(make_report(quality=quality)))

    assert (first["noise_sd"], first["snr"], first["edge_width_mm"]) == ("2.5", "20.0", "")
    assert empty["snr"] == ""

import json
import math

import numpy as np
import pytest

from lgescar.core.box import Box
from lgescar.core.errors import InputError
from lgescar.core.quality import Quality, SliceQuality
from lgescar.core.report import Quantities
from lgescar.core.study import Note
from lgescar.write.report_json import report_from_json, report_json, report_to_json

BOXES = ((Box(0.1, 0.7, 1.0, 6.3, 1.0 / 3.0), Box(0.0, 1.0, 1.0, 2.0)), ())


def test_every_number_survives_the_way_to_text_and_back(make_report) -> None:
    report = make_report(boxes=BOXES)

    back = report_from_json(report_json(report))

    assert back.quantities == report.quantities
    assert back.notes == report.notes
    assert back.provenance == report.provenance
    assert tuple(counts.boxes for counts in back.slices) == BOXES


def test_image_quality_survives_the_way_to_text_and_back(make_report) -> None:
    quality = Quality(
        cnr_scar_remote=100.0 / 3.0,
        edge_width_mm=None,
        better_than_percent={"cnr_scar_remote": 0.1 + 0.2},
        grade="poor",
        notes=(Note("quality-no-spacing", "the size of a pixel is unknown"),),
        slices=(SliceQuality(index=4, noise_sd=1e-17, snr=2.0 / 3.0), SliceQuality(index=5)),
    )
    text = report_json(make_report(quality=quality))

    assert report_from_json(text).quality == quality
    assert json.loads(text)["quality"]["edge_width_mm"] is None


def test_a_report_that_nobody_looked_at_the_images_of_has_no_quality(make_report) -> None:
    document = report_to_json(make_report())
    assert document["quality"] is None
    del document["quality"]
    assert report_from_json(json.dumps(document)).quality is None


def test_the_document_has_the_keys_of_the_contract(make_report) -> None:
    document = report_to_json(make_report(boxes=BOXES))

    assert document["format"] == "lgescar-report/1"
    assert set(document) >= {"format", "study", "quantities", "slices", "notes", "provenance"}
    assert set(document["study"]) >= {
        *("name", "series_uid", "slices", "spacing_mm", "slice_step_mm", "sequence")
    }
    assert set(document["quantities"]) >= {
        *("lv_mass_g", "scar_mass_g", "scar_volume_ml", "scar_percent_of_lv", "mvo_mass_g"),
        *("transmural_extent_percent", "transmural_segments", "aha"),
    }
    assert set(document["quantities"]["aha"][0]) == {
        *("segment", "scar_percent", "transmural_percent")
    }
    assert set(document["slices"][0]) == {
        *("index", "blood_pool_px", "wall_px", "scar_px", "mvo_px", "scar_area_mm2", "boxes")
    }
    assert set(document["slices"][0]["boxes"][0]) == {"top", "left", "bottom", "right", "score"}
    assert set(document["notes"][0]) == {"code", "message"}
    assert set(document["provenance"]) == {
        *("version", "bundle", "bundle_sha256", "settings", "edits", "created")
    }


def test_counts_follow_mvo_is_scar_and_scar_is_wall(make_report) -> None:
    first, empty = report_to_json(make_report())["slices"]

    assert (first["blood_pool_px"], first["wall_px"]) == (1, 5)
    assert (first["scar_px"], first["mvo_px"]) == (3, 1)
    assert first["scar_area_mm2"] == pytest.approx(3 * 1.4 * 1.3)
    assert (empty["wall_px"], empty["scar_px"], empty["scar_area_mm2"]) == (0, 0, 0.0)


def test_an_area_without_spacing_is_null(make_report) -> None:
    document = report_to_json(make_report(study={"spacing_mm": None}))

    assert document["study"]["spacing_mm"] is None
    assert [entry["scar_area_mm2"] for entry in document["slices"]] == [None, None]


def test_slices_count_along_the_grid_of_the_input(make_report) -> None:
    document = report_to_json(make_report(study={"indices": (4, 2)}))

    assert [entry["index"] for entry in document["slices"]] == [4, 2]


def test_numpy_numbers_are_written_as_plain_ones(make_report) -> None:
    quantities = Quantities(np.float64(0.1), np.float32(0.5), None, None, None)
    document = json.loads(report_json(make_report(quantities=quantities)))

    assert document["quantities"]["lv_mass_g"] == 0.1
    assert document["quantities"]["scar_mass_g"] == 0.5


def test_nan_never_reaches_the_file(make_report) -> None:
    quantities = Quantities(math.nan, None, None, None, None)

    with pytest.raises(ValueError, match="JSON"):
        report_json(make_report(quantities=quantities))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "lgescar-report/1"}'])
def test_a_foreign_document_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="lgescar-report/1"):
        report_from_json(text)


def test_keys_of_a_later_version_are_passed_over(make_report) -> None:
    document = report_to_json(make_report())
    document["quantities"]["perfusion"] = 1
    document["provenance"]["scanner"] = "x"

    back = report_from_json(json.dumps(document))

    assert back.quantities == make_report().quantities


def test_a_report_of_an_earlier_version_may_lack_what_was_added_since(make_report) -> None:
    document = report_to_json(make_report())
    del document["quantities"]["transmural_over_half_percent"]

    assert report_from_json(json.dumps(document)).quantities == make_report().quantities

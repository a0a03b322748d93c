from pathlib import Path

import pytest

from lgescar.core.report import Quantities
from lgescar.write import write_report
from lgescar.write.report_json import report_from_json

NAMES = {
    *("labels.nii.gz", "scar_probability.nii.gz", "report.json", "slices.csv", "report.html"),
    "overlays/slice-000.png",
}


def test_a_result_holds_every_file_of_the_contract(make_report, tmp_path: Path) -> None:
    folder = write_report(make_report(), tmp_path, "<p>page</p>", {"slice-000.png": b"png"})

    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == NAMES
    assert (folder / "report.html").read_text() == "<p>page</p>"


def test_a_report_that_cannot_be_written_leaves_no_folder(make_report, tmp_path: Path) -> None:
    broken = make_report(quantities=Quantities(float("nan"), None, None, None, None))

    with pytest.raises(ValueError, match="JSON"):
        write_report(broken, tmp_path / "out", "", {})

    assert not (tmp_path / "out").exists()


def test_a_name_that_is_no_valid_text_can_be_written(make_report, tmp_path: Path) -> None:
    report = make_report(study={"name": "scan\udce9"})

    folder = write_report(report, tmp_path, report.study.name, {})

    assert folder.name == "scan"
    assert report_from_json((folder / "report.json").read_text()).study["name"] == "scan\udce9"

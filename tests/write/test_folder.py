import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lgescar.core.errors import UsageError
from lgescar.write.folder import distinct_names, folder_name, refuse_replacing, write_folder

MARK = b'{"format": "lgescar-report/1"}'
FILES = {"report.json": MARK, "overlays/a.png": b"png"}


def contents(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_a_result_appears_whole(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"

    folder = write_folder(out, "heart", FILES)

    assert folder == out / "heart"
    assert contents(folder) == FILES
    assert os.listdir(out) == ["heart"]


def test_a_failing_write_leaves_nothing(tmp_path: Path) -> None:
    # The second file cannot exist: its folder's name is taken by the first.
    with pytest.raises(UsageError, match="cannot be written"):
        write_folder(tmp_path, "heart", {"report.json": b"{}", "report.json/a.png": b""})

    assert os.listdir(tmp_path) == []


def test_a_failing_write_leaves_the_earlier_result(tmp_path: Path) -> None:
    write_folder(tmp_path, "heart", FILES)

    with pytest.raises(UsageError):
        write_folder(tmp_path, "heart", {"report.json": b"new", "report.json/a.png": b""})

    assert contents(tmp_path) == {f"heart/{name}": content for name, content in FILES.items()}


def test_an_earlier_result_is_replaced_and_not_mixed(tmp_path: Path) -> None:
    write_folder(tmp_path, "heart", FILES)

    write_folder(tmp_path, "heart", {"report.json": b"new"})

    assert contents(tmp_path) == {"heart/report.json": b"new"}


def test_a_folder_that_is_no_result_is_never_replaced(tmp_path: Path) -> None:
    scans = tmp_path / "heart"
    scans.mkdir()
    (scans / "IM0001.dcm").write_bytes(b"the only copy")

    with pytest.raises(UsageError, match="no earlier result"):
        write_folder(tmp_path, "heart", FILES)

    assert contents(tmp_path) == {"heart/IM0001.dcm": b"the only copy"}


def test_another_programs_report_is_no_licence_to_replace_its_folder(tmp_path: Path) -> None:
    scans = tmp_path / "heart"
    scans.mkdir()
    (scans / "IM0001.dcm").write_bytes(b"the only copy")
    (scans / "report.json").write_bytes(b'{"format": "theirs"}')

    with pytest.raises(UsageError, match="no earlier result"):
        write_folder(tmp_path, "heart", FILES)

    assert (scans / "IM0001.dcm").read_bytes() == b"the only copy"


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    elsewhere = write_folder(tmp_path / "elsewhere", "heart", FILES)
    out = tmp_path / "out"
    out.mkdir()
    (out / "heart").symlink_to(elsewhere)

    with pytest.raises(UsageError, match="no earlier result"):
        write_folder(out, "heart", {"report.json": b"new"})

    assert contents(elsewhere) == FILES


@pytest.mark.parametrize("name", ["../a.png", "/a.png", "overlays/../../a.png", "..\\a.png", ""])
def test_a_file_outside_the_result_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="inside its folder"):
        write_folder(tmp_path / "out", "heart", {name: b""})

    assert contents(tmp_path) == {}


def test_an_out_that_is_a_file_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"")

    with pytest.raises(UsageError, match="cannot be written"):
        write_folder(tmp_path / "out", "heart", FILES)


@pytest.mark.parametrize(
    ("name", "harmless"),
    [
        ("Case_P035", "Case_P035"),
        ("Herz-2 (1).5", "Herz-2_1_.5"),
        ("../../etc", "etc"),
        ("a/b\\c:d*e", "a_b_c_d_e"),
        ("Кость", "Кость"),
        ("", "study"),
        ("..", "study"),
        ("-rf", "rf"),
        (".hidden", "hidden"),
        ("nul.txt", "_nul.txt"),
        ("line\nbreak\x1b[31m", "line_break_31m"),
        ("lone\udcff", "lone"),
    ],
)
def test_a_name_becomes_a_harmless_folder(name: str, harmless: str) -> None:
    assert folder_name(name) == harmless


def test_a_long_name_fits_the_file_system(tmp_path: Path) -> None:
    name = folder_name("心" * 300)

    assert 0 < len(name.encode()) <= 80
    assert write_folder(tmp_path, name, FILES).is_dir()


def test_studies_of_one_name_get_numbers() -> None:
    names = ["scan", "other", "scan", "Scan", "scan-2", "a/b", "a:b"]

    assert distinct_names(names) == [
        "scan", "other", "scan-2", "Scan-3", "scan-2-2", "a_b", "a_b-2",
    ]  # fmt: skip


def test_a_result_replaces_no_input_and_no_folder_of_one(tmp_path: Path) -> None:
    inputs = [tmp_path / "exams" / "heart.nii.gz", tmp_path / "series"]
    refuse_replacing(inputs, [tmp_path / "out", tmp_path / "exams" / "heart"])
    for result in ("exams", "series", "exams/heart.nii.gz", "exams/../series"):
        with pytest.raises(UsageError, match="would replace the input"):
            refuse_replacing(inputs, [tmp_path / "out", tmp_path / result])


def test_writers_of_one_result_at_once_never_fail(tmp_path: Path) -> None:
    def write(number: int) -> Path:
        return write_folder(tmp_path, "heart", {"report.json": MARK + b"%d" % number})

    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(write, range(80)))

    assert written == [tmp_path / "heart"] * 80
    assert os.listdir(tmp_path) == ["heart"]
    assert os.listdir(tmp_path / "heart") == ["report.json"]

"""Studies that a browser sends, and those of --data."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pydicom
import pytest
from PIL import Image

from lgescar.web.run import studies_below

NAME = "DOE^JOHN"


@pytest.fixture(scope="module")
def named_exam(exam: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exam with a patient's name in its headers and its files' names."""
    home = tmp_path_factory.mktemp("named") / "DOE_JOHN"
    home.mkdir()
    for number, path in enumerate(sorted(p for p in exam.rglob("*") if p.is_file())):
        data = pydicom.dcmread(path)
        data.PatientName = NAME
        data.PatientID = "DOE-4711"
        data.save_as(home / f"DOE_JOHN_{number}.dcm")
    return home


def test_a_nifti_file_joins_the_worklist(server: Any, patients: tuple[Path, ...]) -> None:
    with server.reader("sender") as browser:
        study = browser.upload(patients[1])
        assert browser.studies()[patients[1].name.partition(".")[0]] == study
        picture = browser.client.get(f"/api/studies/{study}/thumbnail.png")
        assert browser.upload(patients[1]) == study
    assert picture.content.startswith(b"\x89PNG")
    assert max(_size(picture.content)) == 160


def _size(png: bytes) -> tuple[int, int]:
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def test_no_name_of_a_patient_leaves_the_server(
    servers: Any, named_exam: Path, tmp_path: Path
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in named_exam.iterdir():
            archive.write(path, f"DOE_JOHN/{path.name}")
    one = servers(tmp_path)
    seen = []
    with one.reader("anna") as browser:
        client = browser.client
        client.event_hooks["response"].append(lambda r: (r.read(), seen.append(r)))
        sent = {"file": ("DOE_JOHN.zip", packed.getvalue())}
        study = client.post("/api/uploads", files=sent).json()["study"]
        folder = [("file", (path.name, path.read_bytes())) for path in named_exam.iterdir()]
        assert client.post("/api/uploads", files=folder).status_code == 200
        session = browser.begin(study)
        paths = ("", "/numbers", "/events", "/slices/0", "/session.json", "/branches")
        for path in paths:
            assert client.get(f"/api/sessions/{session}{path}").status_code == 200
        result = client.get(f"/api/sessions/{session}/result.zip").content
        client.get("/api/worklist")
    with zipfile.ZipFile(io.BytesIO(result)) as files:
        inside = [(name, files.read(name)) for name in files.namelist()]
    shown = [(f"{r.url} {dict(r.headers)}", r.content) for r in seen]
    logs = [("", one.out.read_bytes()), ("", one.err.read_bytes())]
    for about, content in [*shown, *inside, *logs]:
        for word in (NAME, "DOE_JOHN", "DOE-4711"):  # shorter ones stand in pictures by chance
            assert word not in about
            assert word.encode() not in content
    assert len(inside) > 5


def test_a_folder_sent_file_by_file_is_one_study(server: Any, named_exam: Path) -> None:
    files = [("file", (path.name, path.read_bytes())) for path in named_exam.iterdir()]
    with server.reader("sender") as browser:
        answer = browser.client.post("/api/uploads", files=files, data={"name": "exam 5"})
        assert answer.status_code == 200, answer.text
        assert browser.studies()["exam_5"] == answer.json()["study"]


@pytest.mark.parametrize(
    "content", [b"", b"rubbish" * 100, b"PK\x03\x04" + b"x" * 500, b"\x1f\x8b" + b"x" * 500]
)
def test_a_damaged_upload_is_refused_in_one_sentence_and_not_kept(
    server: Any, content: bytes
) -> None:
    uploads = server.store / "uploads"
    before = sorted(uploads.iterdir()) if uploads.exists() else []
    with server.reader("sender") as browser:
        answer = browser.client.post("/api/uploads", files={"file": ("a.nii.gz", content)})
        assert answer.status_code == 400
        assert list(answer.json()) == ["error"]
        assert 10 < len(answer.json()["error"]) < 200
    assert (sorted(uploads.iterdir()) if uploads.exists() else []) == before


def test_pictures_take_the_spacing_that_comes_with_them(server: Any) -> None:
    plane = np.zeros((40, 40), np.uint8)
    files = []
    for number in (1, 2):
        plane[number, number] = 255
        png = io.BytesIO()
        Image.fromarray(plane).save(png, "PNG")
        files.append(("file", (f"{number}.png", png.getvalue())))
    with server.reader("sender") as browser:

        def sent(spacing: str) -> httpx.Response:
            return browser.client.post("/api/uploads", files=files, data={"spacing_mm": spacing})

        plain, sized = (sent(spacing).json()["study"] for spacing in ("", "1.5,1.5,8"))
        assert plain != sized
        told = browser.json(f"/api/sessions/{browser.begin(sized)}")
        assert (told["spacing_mm"], told["slice_step_mm"]) == ([1.5, 1.5], 8.0)
        for wrong in ("1.5", "1.5,1.5,0", "a,b,c", "1.5,1.5,nan", "1.5,1.5,8,8"):
            assert sent(wrong).status_code == 400


def test_an_upload_without_a_file_is_refused(server: Any) -> None:
    with server.reader("sender") as browser:
        answer = browser.client.post("/api/uploads", data={"name": "x"})
    assert answer.status_code == 400


def test_a_study_whose_file_changed_is_not_shown_as_the_old_one(
    servers: Any, patients: tuple[Path, ...], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.nii.gz").write_bytes(patients[0].read_bytes())
    one = servers(tmp_path / "server", "--data", str(data))
    with one.reader("anna") as browser:
        while "a" not in browser.studies():
            pass
        study = browser.studies()["a"]
        (data / "a.nii.gz").write_bytes(patients[1].read_bytes())
        session = browser.begin(study)
        answer = browser.client.get(f"/api/sessions/{session}")
    assert answer.status_code == 400
    assert "images" in answer.json()["error"]


def test_data_holds_files_one_by_one_and_exams_whole(
    tmp_path: Path, patients: tuple[Path, ...], exam: Path
) -> None:
    nifti = patients[0].read_bytes()
    for name in ("images/p2.nii.gz", "images/p10.nii.gz", "labels/p2.nii.gz", "c.nii.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(nifti)
    (tmp_path / "notes.txt").write_text("nothing")
    image = next(path for path in exam.rglob("*") if path.is_file()).read_bytes()
    for name in ("exam/series1/1.dcm", "exam/series2/1.dcm", ".hidden/1.dcm"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(image)
    found = [path.relative_to(tmp_path).as_posix() for path in studies_below(tmp_path)]
    assert found == ["c.nii.gz", "exam", "images/p2.nii.gz", "images/p10.nii.gz"]
    assert list(studies_below(tmp_path / "exam" / "series1")) == [tmp_path / "exam" / "series1"]

"""What clients of MONAI Label ask for: the requests of its own Python client."""

from __future__ import annotations

import email
import gzip
import http.client
import importlib.util
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import nibabel
import numpy as np
import pytest

from lgescar.core.prompt import Point, Prompt
from lgescar.reader.reading import open_reading
from lgescar.web.routes.monai import MODEL, MONAI_ROUTES


@pytest.fixture(scope="module")
def monai(tmp_path_factory: pytest.TempPathFactory, server: Any) -> Iterator[Any]:
    one = type(server)(tmp_path_factory.mktemp("monai"), "--monai-label")
    yield one
    one.interrupt()


@pytest.fixture
def client(monai: Any) -> Iterator[httpx.Client]:
    """A program that logged in; it names no Origin and has no cookie."""
    with httpx.Client(base_url=monai.base, timeout=120) as one:
        password = monai.address.partition("token=")[2]
        asked = {"username": "slicer", "password": password, "grant_type": "password"}
        key = one.post("/auth/token", data=asked).json()
        one.headers["Authorization"] = f"{key['token_type']} {key['access_token']}"
        yield one


def labels_of(answer: httpx.Response) -> Any:
    """The label map of an answer's part ``image``."""
    assert answer.status_code == 200, answer.text
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    parts = {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in email.message_from_bytes(head + answer.content).get_payload()
    }
    assert json.loads(parts["params"])["label_names"]["scar"] == 3
    image = nibabel.Nifti1Image.from_bytes(gzip.decompress(parts["image"]))
    return np.asarray(image.dataobj)


def test_it_is_closed_unless_asked_for(server: Any) -> None:
    with server.stranger() as one:
        assert one.get("/info/").status_code == 404


@pytest.mark.parametrize("door", MONAI_ROUTES, ids=lambda door: door.path)
def test_every_address_but_the_log_in_asks_for_the_key(monai: Any, door: Any) -> None:
    method = next(iter(door.methods - {"HEAD"}))
    path = door.path.replace("{id}", "1").replace("{model}", MODEL)
    with httpx.Client(base_url=monai.base) as one:
        answer = one.request(method, path)
    open_ones = {"/auth/": 200, "/auth/token": 401}
    assert answer.status_code == open_ones.get(door.path, 401)


def test_a_browsers_cookie_is_no_key(monai: Any) -> None:
    with monai.reader("anna") as browser:
        assert browser.client.get("/info/").status_code == 401


def test_another_site_is_refused_even_with_the_key(client: httpx.Client) -> None:
    assert client.get("/info/", headers={"Origin": "http://evil.example"}).status_code == 403


def test_a_client_finds_the_model_and_the_studies(client: httpx.Client, patients: Any) -> None:
    assert client.get("/auth/").json()["enabled"] is True
    assert list(client.get("/info/").json()["models"]) == [MODEL]
    with patients[0].open("rb") as file:
        sent = {"files": (patients[0].name, file)}
        study = client.put("/session/", files=sent).json()["session_id"]
    assert study in client.get("/datastore/?output=all").json()["objects"]
    assert client.get(f"/session/{study}").status_code == 200
    assert client.get("/session/none").status_code == 404


def test_points_change_the_scar_of_their_slice_and_no_other(
    client: httpx.Client, patients: tuple[Path, ...]
) -> None:
    with patients[0].open("rb") as file:
        sent = {"files": (patients[0].name, file)}
        study = client.put("/session/", files=sent).json()["session_id"]
    asked = f"/infer/{MODEL}?image=&session_id={study}"
    automatic = labels_of(client.post(asked, files={"params": (None, "{}")}))
    assert automatic.shape == nibabel.load(patients[0]).shape
    scar = np.argwhere(automatic == 3)
    at = scar[len(scar) // 2].tolist()
    points = {"foreground": [], "background": [at]}
    corrected = labels_of(client.post(asked, files={"params": (None, json.dumps(points))}))
    assert set(np.argwhere(corrected != automatic)[:, 2]) == {at[2]}
    reading = open_reading(patients[0])
    boxes = reading.report.results[reading.place(at[2])].boxes
    outside = Point(at[0] + 0.5, at[1] + 0.5, inside=False)
    wanted = reading.answer(at[2], Prompt(boxes, (outside,))).labels
    assert np.array_equal(corrected[..., at[2]], wanted.codes)


@pytest.mark.parametrize("params", ["[", "[]", '{"foreground": [[1, 2]]}', '{"foreground": 5}'])
def test_params_that_mean_nothing_are_refused(
    client: httpx.Client, patients: tuple[Path, ...], params: str
) -> None:
    with patients[0].open("rb") as file:
        sent = {"files": (patients[0].name, file)}
        study = client.put("/session/", files=sent).json()["session_id"]
    sent = {"params": (None, params)}
    answer = client.post(f"/infer/{MODEL}?image={study}", files=sent)
    assert answer.status_code == 400


def test_an_image_sent_under_a_name_is_found_by_it_and_the_name_is_not_listed(
    client: httpx.Client, patients: tuple[Path, ...]
) -> None:
    with patients[1].open("rb") as file:
        sent = {"params": (None, "{}"), "file": (patients[1].name, file)}
        answer = client.put("/datastore/?image=JANE_DOE", files=sent)
    assert answer.json() == {"image": "JANE_DOE"}
    empty = {"params": (None, "{}")}
    named = labels_of(client.post(f"/infer/{MODEL}?image=JANE_DOE", files=empty))
    assert named.shape == nibabel.load(patients[1]).shape
    assert "JANE" not in client.get("/datastore/?output=all").text
    with patients[1].open("rb") as file:
        sent = {"params": (None, "{}"), "file": (patients[1].name, file)}
        raw = labels_of(client.post(f"/infer/{MODEL}?image=", files=sent))
    assert np.array_equal(raw, named)
    assert client.put("/datastore/?image=x", files=empty).status_code == 400


def test_a_length_that_is_announced_without_a_body_is_let_pass(
    client: httpx.Client, monai: Any
) -> None:
    """MONAI Label's client repeats the headers of its last upload."""
    asked = http.client.HTTPConnection(monai.base.partition("//")[2], timeout=60)
    key = {"Authorization": client.headers["Authorization"], "Content-Length": str(10**7)}
    asked.request("GET", "/info/", headers=key)
    assert asked.getresponse().status == 200
    asked.close()


@pytest.fixture
def official() -> Any:
    """The module of MONAI Label's own client: installed, or the file that a variable names."""
    given = os.environ.get("LGESCAR_MONAI_CLIENT")
    if given is None:
        if importlib.util.find_spec("monailabel") is None:
            pytest.skip("MONAI Label is not installed; LGESCAR_MONAI_CLIENT names its client.py")
        return importlib.import_module("monailabel.client.client")
    spec = importlib.util.spec_from_file_location("monai_client", given)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.tool
# It imports cgi, and leaves sockets and files open.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_official_client_logs_in_sends_asks_and_corrects(
    monai: Any, official: Any, patients: tuple[Path, ...], tmp_path: Path
) -> None:
    client = official.MONAILabelClient(monai.base, tmpdir=str(tmp_path))
    assert client.auth_enabled()
    with pytest.raises(official.MONAILabelClientException):
        client.info()
    password = monai.address.partition("token=")[2]
    client.update_auth(client.auth_token("slicer", password))
    assert client.auth_valid_token()
    assert list(client.info()["models"]) == [MODEL]
    path = str(patients[0])
    session = client.create_session(path)["session_id"]
    assert client.get_session(session)["name"] == session
    assert client.upload_image(path, "volume-1") == {"image": "volume-1"}
    assert session in client.datastore()["objects"]

    def codes(*given: Any, **more: Any) -> Any:
        file, told = client.infer(MODEL, *given, **more)
        assert told["label_names"]["scar"] == 3
        return np.asarray(nibabel.load(file).dataobj)

    automatic = codes("", {}, session_id=session)
    assert np.array_equal(codes("volume-1", {}), automatic)
    assert np.array_equal(codes("", {}, file=path), automatic)
    scar = np.argwhere(automatic == 3)
    at = scar[len(scar) // 2].tolist()
    corrected = codes("volume-1", {"foreground": [], "background": [at]})
    assert set(np.argwhere(corrected != automatic)[:, 2]) == {at[2]}
    client.remove_session(session)

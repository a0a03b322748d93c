"""Named users: who may log in, and where that is asked for."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lgescar.core.errors import UsageError
from lgescar.web.run import Address
from lgescar.web.users import MOST_TRIES, PAUSE_S, Users, add_user, read_users

RIGHT, WRONG = "correct horse battery", "battery horse correct"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("users") / "users.json"
    add_user(path, "anna", RIGHT)
    add_user(path, "bert", WRONG)
    return path


def test_a_user_is_known_by_the_right_password_only(file: Path) -> None:
    users = read_users(file)
    assert users.knows("anna", RIGHT)
    assert users.knows("bert", WRONG)
    assert not users.knows("anna", WRONG)
    assert not users.knows("nobody", RIGHT)
    assert not users.knows("nobody", "")


def test_the_file_is_its_owners_and_holds_no_password(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert RIGHT not in file.read_text()


def test_after_some_wrong_passwords_a_name_must_wait(file: Path) -> None:
    hashes = json.loads(file.read_text())["users"]
    time = [1000.0]
    users = Users(hashes, clock=lambda: time[0])
    assert not any(users.knows("anna", WRONG) for _ in range(MOST_TRIES))
    assert not users.knows("anna", RIGHT)
    assert users.knows("bert", WRONG)
    time[0] += PAUSE_S
    assert users.knows("anna", RIGHT)


@pytest.mark.parametrize(("name", "word"), [("a b", RIGHT), ("", RIGHT), ("anna", "short")])
def test_a_name_or_a_password_that_cannot_be_used_is_refused(
    tmp_path: Path, name: str, word: str
) -> None:
    with pytest.raises(UsageError):
        add_user(tmp_path / "users.json", name, word)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "x", "users": {}}'])
def test_another_file_is_no_file_of_users(tmp_path: Path, text: str) -> None:
    (tmp_path / "users.json").write_text(text)
    with pytest.raises(UsageError, match="--users"):
        read_users(tmp_path / "users.json")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "reader.example", ""])
def test_other_machines_are_let_in_with_tls_and_named_users_only(host: str) -> None:
    pem = Path("x.pem")
    with pytest.raises(UsageError, match="--users"):
        Address(host, 0)
    with pytest.raises(UsageError, match="--users"):
        Address(host, 0, pem, pem)
    with pytest.raises(UsageError, match="--users"):
        Address(host, 0, named=True)
    assert Address(host, 0, pem, pem, named=True).host == host
    with pytest.raises(UsageError, match="belong together"):
        Address("127.0.0.1", 0, pem)


def test_a_browser_may_come_by_every_name_of_this_machine() -> None:
    assert Address("127.0.0.1", 0).origins(8350) == {
        "http://127.0.0.1:8350", "http://localhost:8350",
    }  # fmt: skip
    assert "http://[::1]:80" in Address("::1", 0).origins(80)
    assert "http://[::1]" in Address("::1", 0).origins(80)
    pem = Path("x.pem")
    assert Address("reader.example", 0, pem, pem, named=True).origins(443) == {
        "https://reader.example:443", "https://reader.example",
    }  # fmt: skip


@pytest.mark.tool
@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_with_tls_people_log_in_by_name_and_read_as_themselves(
    servers: Any, file: Path, tmp_path: Path
) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subject = ["-subj", "/CN=localhost", "-days", "2", "-nodes"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", *subject]
    subprocess.run([*made, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    words = ["--tls-cert", str(cert), "--tls-key", str(key), "--users", str(file)]
    one = servers(tmp_path, *words)
    assert one.address.startswith("https://")
    assert "token" not in one.address
    with one.stranger() as client:
        assert client.get("/").headers["location"] == "/login"
        assert 'type="password"' in client.get("/login").text
        asked = {"name": "anna", "password": WRONG}
        assert client.post("/login", data=asked).status_code == 401
        assert client.get("/api/me").status_code == 401
        entered = client.post("/login", data={"name": "anna", "password": RIGHT})
        assert entered.status_code == 303
        assert "secure" in entered.headers["set-cookie"].lower()
        assert client.get("/api/me").json()["reader"] == "anna"
        assert client.post("/api/me", json={"reader": "bert"}).status_code == 403
        assert client.post("/logout").status_code == 303
        assert client.get("/api/me").status_code == 401

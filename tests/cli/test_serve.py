"""``lgescar serve`` before it serves: what it refuses, and how a user is written."""

from __future__ import annotations

import io
import socket
from pathlib import Path

import pytest

from lgescar.cli.main import main
from lgescar.web.users import read_users


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["serve", *words]) == 2
    return capsys.readouterr().err


def test_another_address_takes_tls_and_users(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told = refusal(capsys, "--host", "0.0.0.0", "--store", str(tmp_path))
    assert "--tls-cert, --tls-key and --users" in told
    assert not list(tmp_path.iterdir())


def test_a_port_in_use_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = refusal(capsys, "--port", port, "--store", str(tmp_path))
    assert f"port {port}" in told
    assert "--port" in told


def test_data_that_is_no_folder_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "--data" in refusal(capsys, "--data", str(tmp_path / "none"))


def test_users_that_are_no_file_are_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["--users", str(tmp_path / "none"), "--store", str(tmp_path), "--port", "0"]
    assert "--add-user" in refusal(capsys, *words)


def test_a_user_is_written_with_the_password_that_is_typed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    file = tmp_path / "users.json"
    assert main(["serve", "--add-user", "anna", "--users", str(file)]) == 0
    assert "a long password" not in capsys.readouterr().out
    assert read_users(file).knows("anna", "a long password")


def test_adding_a_user_needs_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--users" in refusal(capsys, "--add-user", "anna")

"""Formats told by their first bytes."""

import os

from lgescar.read.kinds import first_bytes, kind_of


def test_first_bytes_tell_the_format():
    assert kind_of(b"\0" * 128 + b"DICM") == "dicom"
    assert kind_of(b"\x08\x00\x05\x00CS\x0a\x00ISO") == "dicom"
    assert kind_of(b"PK\x03\x04") == "zip"
    assert kind_of(b"II*\0....") == "image"
    assert kind_of(b"\x1f\x8b\x08") == "nifti"
    assert kind_of(b"hello") == "unknown"
    assert kind_of(b"") == "unknown"


def test_nothing_is_read_from_links_pipes_and_folders(tmp_path):
    (tmp_path / "real").write_bytes(b"PK" * 400)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe")
    assert len(first_bytes(tmp_path / "real")) == 540
    for path in (tmp_path / "link", tmp_path / "pipe", tmp_path, tmp_path / "absent"):
        assert first_bytes(path) == b""

"""Whatever is given to the reader ends in a study or in one sentence, without a trace."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_files
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless, generate_uid

from lgescar.core.errors import InputError
from lgescar.read import read_study
from lgescar.read.formats import read_trusted

NAME = "Secret^Patient"
BUNDLED = sorted(path for path in map(Path, get_testdata_files()) if path.is_file())


def mr(**fields) -> bytes:
    """A DICOM MR image of 64 x 64 pixels."""
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = fields.pop("syntax", ExplicitVRLittleEndian)
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    data.SeriesInstanceUID, data.Modality, data.PatientName = "1.2.3", "MR", NAME
    data.Rows = data.Columns = 64
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, 0
    data.PixelSpacing, data.ImagePositionPatient = [1.5, 1.5], [0, 0, 0]
    data.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    data.PixelData = np.arange(4096, dtype=np.uint16).tobytes()
    for keyword, value in fields.items():
        setattr(data, keyword, value)
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, data, enforce_file_format=True)
    return buffer.getvalue()


def zero_length_box() -> bytes:
    """JPEG 2000 that makes pydicom 3.0.2 walk on the spot for ever."""
    stream = b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(64)
    return mr(PixelData=encapsulate([stream]), syntax=JPEG2000Lossless)


def rle_bomb() -> bytes:
    """Under 2 KB that claim 4000 frames of 4096 x 4096."""
    segment = struct.pack("<16L", 1, 64, *[0] * 14) + b"\x81\x00" * 500
    fields = {"Rows": 4096, "Columns": 4096, "NumberOfFrames": 50}
    return mr(PixelData=encapsulate([segment]), syntax=RLELossless, **fields)


def deep_sequences() -> bytes:
    """Sequences within sequences, 3000 deep."""
    opening = struct.pack("<HH2sHL", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF)
    opening += struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
    whole = mr()
    return whole[: whole.index(b"\x28\x00\x02\x00")] + opening * 3000


def zip_of(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def nifti(**header) -> bytes:
    image = nib.Nifti1Image(np.arange(96, dtype=np.int16).reshape(8, 6, 2), np.eye(4))
    for field, value in header.items():
        image.header[field] = value
    return bytes(image.to_bytes())


def outcome(path: Path) -> str:
    """What the user would see; anything but a study or an InputError breaks the test."""
    try:
        study = read_trusted(path)
    except InputError as error:
        return str(error)
    return f"{study} with {len(study.slices)} slices"


HOSTILE = {
    "box.dcm": zero_length_box,
    "bomb.dcm": rle_bomb,
    "deep.dcm": deep_sequences,
    "empty": lambda: b"",
    "text.dcm": lambda: b"hello " * 100,
    "preamble.dcm": lambda: bytes(128) + b"DICM" + b"\xff" * 400,
    "bomb.zip": lambda: zip_of({"a.dcm": mr(), "b.dcm": bytes(300 * 2**20)}),
    "many.zip": lambda: zip_of({f"{i}.dcm": b"" for i in range(5001)}),
    "climbs.zip": lambda: zip_of({"../../escape.dcm": mr(), "/abs.dcm": mr()}),
    "nested.zip": lambda: zip_of({"inner.zip": zip_of({"a.dcm": mr()})}),
    "torn.zip": lambda: zip_of({"a.dcm": mr()})[:-40],
    "far.nii": lambda: nifti()[:108] + struct.pack("<f", 1e30) + nifti()[112:],
    "huge.nii": lambda: nifti()[:40] + struct.pack("<4h", 3, 32000, 32000, 300) + nifti()[48:],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_and_leaves_nothing(tmp_path, name):
    inside = tmp_path / "inputs"
    inside.mkdir()
    (inside / name).write_bytes(HOSTILE[name]())
    with pytest.raises(InputError) as caught:
        read_study(inside / name)
    assert NAME not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.rglob("*")] == ["inputs", name]


def test_a_deflated_bomb_is_refused(tmp_path):
    syntax = "1.2.840.10008.1.2.1.99"
    whole = mr()
    start = 144 + int.from_bytes(whole[140:144], "little")
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = syntax, "1.2.840.10008.5.1.4.1.1.4"
    meta.MediaStorageSOPInstanceUID = "1.2.5"
    head = io.BytesIO()
    pydicom.filewriter.write_file_meta_info(head, meta)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = deflate.compress(whole[start:] + bytes(200 * 2**20)) + deflate.flush()
    (tmp_path / "bomb.dcm").write_bytes(bytes(128) + b"DICM" + head.getvalue() + body)
    with pytest.raises(InputError, match="unpacks to more"):
        read_study(tmp_path / "bomb.dcm")


def test_a_dicom_cut_anywhere_is_refused(tmp_path):
    whole = mr()
    for length in [*range(0, 2000, 61), *range(2000, len(whole), 1501), len(whole) - 1]:
        (tmp_path / "cut.dcm").write_bytes(whole[:length])
        with pytest.raises(InputError):
            read_trusted(tmp_path / "cut.dcm")


def test_bytes_changed_at_random_end_in_a_study_or_a_sentence(tmp_path):
    random = np.random.default_rng(7)
    for whole in (mr(), nifti()):
        for _ in range(120):
            content = np.frombuffer(whole, np.uint8).copy()
            places = random.integers(0, min(len(content), 900), 6)
            content[places] = random.integers(0, 256, 6)
            (tmp_path / "changed").write_bytes(content.tobytes())
            assert NAME not in outcome(tmp_path / "changed")


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.name)
def test_every_file_that_pydicom_bundles_ends_in_a_study_or_a_sentence(path):
    assert outcome(path)


@pytest.mark.parametrize("name", ["MR_truncated.dcm", "rtplan_truncated.dcm", "DICOMDIR"])
def test_bundled_files_through_the_guard(name):
    path = next(path for path in BUNDLED if path.name == name)
    with pytest.raises(InputError):
        read_study(path)

"""Stored pixels, native and compressed, against other decoders."""

import io
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.pixels import pixel_array
from pydicom.uid import (
    ExplicitVRBigEndian,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from lgescar.core.errors import InputError
from lgescar.read.dicom_pixels import stored_frames


def encoded(data):
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, data, enforce_file_format=True)
    return buffer.getvalue()


def decode(data, frames=(0,)):
    return list(stored_frames(encoded(data), list(frames)))


@pytest.fixture
def heart():
    """12-bit values with edges and a ramp."""
    rows, cols = np.mgrid[:64, :80]
    ring = np.hypot(rows - 32, cols - 40)
    return (np.where((ring > 12) & (ring < 20), 3800, 40) + 3 * cols).astype(np.uint16)


@pytest.mark.parametrize(
    "name",
    [
        "MR_small.dcm",
        "MR_small_implicit.dcm",
        "MR_small_bigendian.dcm",
        "MR_small_RLE.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "MR_small_padded.dcm",
    ],
)
@pytest.mark.filterwarnings("ignore:.*:UserWarning:pydicom")
def test_every_encoding_of_one_image_gives_the_same_pixels(name):
    (pixels,) = stored_frames(Path(get_testdata_file(name)).read_bytes(), [0])
    whole = np.frombuffer(
        pydicom.dcmread(get_testdata_file("MR_small.dcm")).PixelData, "<i2"
    ).reshape(64, 64)
    assert np.array_equal(pixels, whole)


@pytest.mark.parametrize(
    "name",
    [
        "693_J2KI.dcm",
        "J2K_pixelrep_mismatch.dcm",
        "JPEG2000.dcm",
        "JPEGLSNearLossless_08.dcm",
        "JPEGLSNearLossless_16.dcm",
        "CT_small.dcm",
        "liver_expb_1frame.dcm",
        "image_dfl.dcm",
    ],
)
@pytest.mark.filterwarnings("ignore:.*:UserWarning:pydicom")
def test_bundled_grey_files_decode_as_pydicom_decodes_them(name):
    path = get_testdata_file(name)
    if pydicom.dcmread(path).BitsAllocated == 1:
        with pytest.raises(InputError):
            list(stored_frames(Path(path).read_bytes(), [0]))
        return
    (pixels,) = stored_frames(Path(path).read_bytes(), [0])
    assert np.array_equal(pixels, pixel_array(pydicom.dcmread(path), raw=True))


@pytest.mark.parametrize("syntax", [JPEGLossless, JPEGLosslessSV1])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_jpeg_lossless_is_exact_and_agrees_with_libjpeg(image, heart, syntax, bits):
    libjpeg = pytest.importorskip("libjpeg", reason="pylibjpeg-libjpeg is in the dev extra")
    heart = (heart >> 4).astype(np.uint8) if bits == 8 else heart << (bits - 12)
    stream = imagecodecs.ljpeg_encode(heart, bitspersample=bits)
    data = image(heart, BitsStored=bits, HighBit=bits - 1)
    data.PixelData = encapsulate([stream])
    data.file_meta.TransferSyntaxUID = syntax
    (pixels,) = decode(data)
    assert np.array_equal(pixels, heart)
    assert np.array_equal(libjpeg.decode(stream), heart)


def test_the_bundled_colour_jpeg_lossless_decodes_as_libjpeg_decodes_it():
    libjpeg = pytest.importorskip("libjpeg", reason="pylibjpeg-libjpeg is in the dev extra")
    data = pydicom.dcmread(get_testdata_file("SC_rgb_jpeg_gdcm.dcm"))
    stream = pydicom.encaps.get_frame(data.PixelData, 0, number_of_frames=1)
    assert np.array_equal(imagecodecs.jpeg8_decode(stream), libjpeg.decode(stream))


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_frames_of_a_compressed_multi_frame_come_in_order(image, heart, syntax):
    data = image(np.stack([heart, heart[::-1], heart[:, ::-1]]), NumberOfFrames=3, BitsStored=12)
    data.HighBit = 11
    data.compress(syntax, generate_instance_uid=False)
    last, first = decode(data, (2, 0))
    assert np.array_equal(last, heart[:, ::-1])
    assert np.array_equal(first, heart)


def test_only_the_stored_bits_count(image):
    # 12 of 16 bits; the four high ones hold an old overlay.
    dirty = np.array([[0xF001, 0x1FFF], [0x0800, 0x8000]], np.uint16)
    (pixels,) = decode(image(dirty, BitsStored=12, HighBit=11))
    assert pixels.tolist() == [[0x001, 0xFFF], [0x800, 0x000]]


def test_signed_stored_bits_keep_their_sign(image):
    dirty = np.array([[0xF001, 0x1FFF], [0x0800, 0x8000]], np.uint16)
    (pixels,) = decode(image(dirty, BitsStored=12, HighBit=11, PixelRepresentation=1))
    assert pixels.tolist() == [[1, -1], [-2048, 0]]


def test_high_bit_shifts_the_stored_bits(image):
    (pixels,) = decode(image(np.array([[0xABCD]], np.uint16), BitsStored=12, HighBit=15))
    assert pixels.tolist() == [[0xABC]]


def test_12_bit_packed_pixels_are_unpacked(image):
    # Two pixels 0xABC and 0x123 in three bytes, low bits first.
    data = image(np.zeros((1, 2), np.uint16), BitsAllocated=12, BitsStored=12, HighBit=11)
    data.PixelData = bytes([0xBC, 0x3A, 0x12, 0])
    (pixels,) = decode(data)
    assert pixels.tolist() == [[0xABC, 0x123]]


def test_monochrome1_is_turned_once(image):
    values = np.array([[0, 1, 4095]], np.uint16)
    data = image(values, BitsStored=12, HighBit=11, PhotometricInterpretation="MONOCHROME1")
    (pixels,) = decode(data)
    assert pixels.tolist() == [[4095, 4094, 0]]
    signed = image(np.array([[-2048, 0, 2047]], np.int16), BitsStored=12, HighBit=11)
    signed.PhotometricInterpretation = "MONOCHROME1"
    (pixels,) = decode(signed)
    assert pixels.tolist() == [[2047, -1, -2048]]


def test_8_bit_pixels_in_big_endian_words_keep_their_order(image):
    data = image(np.array([[1, 2, 3, 4]], np.uint8))
    data.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    data["PixelData"].VR = "OW"
    data.PixelData = bytes([2, 1, 4, 3])
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, data, implicit_vr=False, little_endian=False)
    (pixels,) = stored_frames(buffer.getvalue(), [0])
    raw = buffer.getvalue()[-4:]
    # As words, high byte first, the first pixel is the low byte.
    assert pixels.tolist() == [[raw[1], raw[0], raw[3], raw[2]]]


def test_an_unsupported_syntax_is_named(image):
    data = image(np.zeros((2, 2), np.uint8))
    data.PixelData = encapsulate([b"\0" * 8])
    data.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.100"
    with pytest.raises(InputError, match="MPEG2"):
        decode(data)


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless, JPEGLossless])
def test_a_stream_larger_than_its_header_is_refused_before_decoding(image, heart, syntax):
    data = image(heart, BitsStored=12, HighBit=11)
    if syntax == JPEGLossless:
        data.PixelData = encapsulate([imagecodecs.ljpeg_encode(heart, bitspersample=12)])
        data.file_meta.TransferSyntaxUID = syntax
    else:
        data.compress(syntax, generate_instance_uid=False)
    data.Rows = 60
    with pytest.raises(InputError, match="another size"):
        decode(data)


def test_a_jp2_box_of_no_length_does_not_hang(image, heart):
    data = image(heart)
    box = b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(64)
    data.PixelData = encapsulate([box])
    data.file_meta.TransferSyntaxUID = JPEG2000Lossless
    with pytest.raises(InputError):
        decode(data)


def test_damaged_streams_are_refused(image, heart):
    for syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless):
        data = image(heart, BitsStored=12, HighBit=11)
        data.compress(syntax, generate_instance_uid=False)
        stream = pydicom.encaps.get_frame(data.PixelData, 0, number_of_frames=1)
        data.PixelData = encapsulate([stream[: len(stream) // 3]])
        with pytest.raises(InputError):
            decode(data)

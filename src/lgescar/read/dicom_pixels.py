"""Stored pixels of DICOM images, whatever they are compressed with.

Native pixels are unpacked here. JPEG 2000, RLE and JPEG-LS go through pydicom to pylibjpeg and
pyjpegls; JPEG proper, lossless and lossy, to imagecodecs, because pylibjpeg-libjpeg is under the
GPL. Compressed streams state a size of their own, which is compared with the header's before
anything is decoded.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import uid as syntaxes
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID

from lgescar.core.errors import InputError

_NATIVE = {
    syntaxes.ImplicitVRLittleEndian,
    syntaxes.ExplicitVRLittleEndian,
    syntaxes.ExplicitVRBigEndian,
    syntaxes.DeflatedExplicitVRLittleEndian,
}
_JPEG = {
    syntaxes.JPEGBaseline8Bit,
    syntaxes.JPEGExtended12Bit,
    syntaxes.JPEGLossless,
    syntaxes.JPEGLosslessSV1,
}
_JPEG_LS = {syntaxes.JPEGLSLossless, syntaxes.JPEGLSNearLossless}
_JPEG_2000 = {
    syntaxes.JPEG2000Lossless,
    syntaxes.JPEG2000,
    syntaxes.HTJ2KLossless,
    syntaxes.HTJ2KLosslessRPCL,
    syntaxes.HTJ2K,
}
_LOSSY = {
    syntaxes.JPEGBaseline8Bit,
    syntaxes.JPEGExtended12Bit,
    syntaxes.JPEGLSNearLossless,
}
_LOSSY_UNLESS_DENIED = {syntaxes.JPEG2000, syntaxes.HTJ2K}
_JP2_SIGNATURE = b"\x00\x00\x00\x0cjP  "


def transfer_syntax(data: Dataset) -> UID:
    """How the file is encoded; files without a meta header are read as the standard's default."""
    meta = getattr(data, "file_meta", None)
    named = meta.get("TransferSyntaxUID") if meta is not None else None
    if named:
        return UID(named)
    implicit, little = data.original_encoding
    if implicit:
        return syntaxes.ImplicitVRLittleEndian
    return syntaxes.ExplicitVRLittleEndian if little else syntaxes.ExplicitVRBigEndian


def lost_detail(data: Dataset) -> bool:
    """True where compression has changed pixels, or may have and the file does not deny it."""
    syntax, stated = transfer_syntax(data), data.get("LossyImageCompression")
    return bool(
        stated == "01" or syntax in _LOSSY or (syntax in _LOSSY_UNLESS_DENIED and stated != "00")
    )


def stored_frames(content: bytes, frames: list[int]) -> Iterator[NDArray[np.int64]]:
    """The wanted images of one DICOM file as stored numbers, int64 (rows, cols).

    Only the bits that BitsStored names count; signed numbers are negative where they should be;
    MONOCHROME1 is turned so that more is brighter, once.

    Raises:
        InputError: pixels that are missing, cut short, damaged or compressed with something else.
    """
    try:
        data = pydicom.dcmread(io.BytesIO(content), force=True)
        if "PixelData" not in data:
            raise InputError("a DICOM image has no pixels")
        for frame in frames:
            yield _monochrome2(_whole_numbers(_raw_frame(data, frame), data), data)
    except (InputError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except MemoryError:
        raise InputError("a DICOM image needs too much memory to decode") from None
    except BaseException as error:  # pylibjpeg-rle panics with a class that is no Exception
        raise InputError("the pixels of a DICOM image are damaged or cut short") from error


def _raw_frame(data: Dataset, frame: int) -> NDArray[Any]:
    syntax = transfer_syntax(data)
    if syntax in _NATIVE:
        return _native(data, frame, big_endian=syntax == syntaxes.ExplicitVRBigEndian)
    shape = (int(data.Rows), int(data.Columns))
    if syntax in _JPEG | _JPEG_LS | _JPEG_2000:
        stream = get_frame(
            data.PixelData, frame, number_of_frames=int(data.get("NumberOfFrames") or 1)
        )
        claimed = _j2k_size(stream) if syntax in _JPEG_2000 else _jpeg_size(stream)
        if claimed != shape:
            raise InputError("a compressed DICOM image has another size than its header")
        if syntax in _JPEG:
            import imagecodecs

            return _of_shape(np.asarray(imagecodecs.jpeg8_decode(stream)), shape)
    elif syntax != syntaxes.RLELossless:
        raise InputError(
            f"transfer syntax {syntax.name if syntax.is_transfer_syntax else 'unknown'} "
            "is not supported; store the images uncompressed or as JPEG 2000 lossless"
        )
    plugin = "pyjpegls" if syntax in _JPEG_LS else "pylibjpeg"
    decoder = get_decoder(syntax)
    pixels, _ = decoder.as_array(data, index=frame, raw=True, decoding_plugin=plugin)
    return _of_shape(pixels, shape)


def _of_shape(pixels: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    if pixels.shape != shape:
        raise InputError("a compressed DICOM image has another size than its header")
    return pixels


def _native(data: Dataset, frame: int, *, big_endian: bool) -> NDArray[Any]:
    rows, cols, bits = int(data.Rows), int(data.Columns), int(data.BitsAllocated)
    frame_bits = rows * cols * bits
    if bits == 12 and frame_bits % 8:
        raise InputError("12-bit packed DICOM images need an even number of pixels")
    start = frame * frame_bits // 8
    stored = memoryview(data.PixelData)[start : start + frame_bits // 8]
    if len(stored) < frame_bits // 8:
        raise InputError("the pixels of a DICOM image are cut short")
    if bits == 12:
        return _unpacked_12_bit(stored).reshape(rows, cols)
    # Explicit big endian keeps 8-bit pixels in 16-bit words (OW), byte by byte in order for OB.
    order = ">" if big_endian else "<"
    if big_endian and bits == 8 and data["PixelData"].VR == "OW":
        swapped = np.frombuffer(data.PixelData, "<u2").byteswap().tobytes()
        stored = memoryview(swapped)[start : start + frame_bits // 8]
    return np.frombuffer(stored, f"{order}u{bits // 8}").reshape(rows, cols)


def _unpacked_12_bit(stored: memoryview) -> NDArray[np.uint16]:
    """Two pixels from three bytes, low bits first. Source: DICOM PS3.5 (2004), annex D."""
    low, middle, high = np.frombuffer(stored, np.uint8).astype(np.uint16).reshape(-1, 3).T
    pairs = np.stack([low | (middle & 0x0F) << 8, middle >> 4 | high << 4], axis=1)
    return pairs.astype(np.uint16).ravel()


def _whole_numbers(pixels: NDArray[Any], data: Dataset) -> NDArray[np.int64]:
    allocated = int(data.BitsAllocated)
    bits = int(data.get("BitsStored") or allocated)
    high = int(data.get("HighBit", bits - 1))
    if not (1 <= bits <= allocated and bits - 1 <= high < allocated):
        raise InputError(f"a DICOM image stores bits {high} to {high - bits + 1} of {allocated}")
    values = pixels.astype(np.int64)
    if transfer_syntax(data) in _NATIVE | {syntaxes.RLELossless}:
        values >>= high + 1 - bits
    values &= (1 << bits) - 1
    if int(data.get("PixelRepresentation") or 0) == 1:
        values = (values ^ (1 << (bits - 1))) - (1 << (bits - 1))
    return values


def _monochrome2(values: NDArray[np.int64], data: Dataset) -> NDArray[np.int64]:
    if data.PhotometricInterpretation != "MONOCHROME1":
        return values
    signed = int(data.get("PixelRepresentation") or 0) == 1
    bits = int(data.get("BitsStored") or data.BitsAllocated)
    return -1 - values if signed else (1 << bits) - 1 - values


def _jpeg_size(stream: bytes) -> tuple[int, int] | None:
    """Rows and columns of a grey JPEG or JPEG-LS stream, None where there is no such frame."""
    at = 2
    while at + 4 <= len(stream) and stream[at] == 0xFF:
        marker = stream[at + 1]
        length = int.from_bytes(stream[at + 2 : at + 4], "big")
        start_of_frame = 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)
        if start_of_frame or marker == 0xF7:
            rows = int.from_bytes(stream[at + 5 : at + 7], "big")
            cols = int.from_bytes(stream[at + 7 : at + 9], "big")
            return (rows, cols) if stream[at + 9 : at + 10] == b"\x01" else None
        at += 1 if marker == 0xFF else 2 + max(2, length)
    return None


def _j2k_size(stream: bytes) -> tuple[int, int] | None:
    """Rows and columns of a grey JPEG 2000 stream, None where there is no such stream.

    Walks the boxes of a JP2 file itself and stops at one of no length, where pydicom 3.0.2 would
    walk on the spot for ever.
    """
    at = 0
    if stream.startswith(_JP2_SIGNATURE):
        while stream[at + 4 : at + 8] != b"jp2c":
            length = int.from_bytes(stream[at : at + 4], "big")
            if length < 8 or at + length >= len(stream):
                return None
            at += length
        at += 8
    if stream[at : at + 4] != b"\xff\x4f\xff\x51":
        return None
    fields = np.frombuffer(stream[at + 8 : at + 24], ">u4")
    components = int.from_bytes(stream[at + 40 : at + 42], "big")
    if fields.size != 4 or components != 1:
        return None
    right, bottom, left, top = (int(v) for v in fields)
    return bottom - top, right - left

"""Where DICOM bytes come from: files of a folder, or members of a zip that is never unpacked."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lgescar.core.errors import InputError
from lgescar.read.kinds import kind_of
from lgescar.read.limits import MAX_FILES, inflated_limit
from lgescar.read.names import is_litter, natural_key, plain

_DEFLATED = b"1.2.840.10008.1.2.1.99"


@dataclass(frozen=True, slots=True)
class Source:
    """One DICOM file: a ``name`` that is safe to show, its stored bytes, and how to read it."""

    name: str
    stored_bytes: int
    load: Callable[[], bytes]


def folder_sources(paths: list[Path]) -> list[Source]:
    """The given files."""
    return [Source(plain(p.name), p.stat().st_size, p.read_bytes) for p in paths]


def zip_sources(archive: zipfile.ZipFile, stored_bytes: int) -> tuple[list[Source], int]:
    """The DICOM members of a zip in natural order, and how many others were left alone.

    Members keep their place in the archive: none is written to disk, so no name can lead
    anywhere. Those with an absolute or climbing name are left out all the same.

    Raises:
        InputError: too many members, or members that claim more bytes than the limit.
    """
    members = [m for m in archive.infolist() if not m.is_dir()]
    if len(members) > MAX_FILES:
        raise InputError(f"the zip holds more than {MAX_FILES} files; give one study")
    if sum(m.file_size for m in members) > inflated_limit(stored_bytes):
        raise InputError("the zip claims to unpack to more than is allowed for its size")
    sources = []
    for member in sorted(members, key=lambda m: natural_key(m.filename)):
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if is_litter(Path(path.name)) or path.is_absolute() or ".." in path.parts:
            continue
        if member.flag_bits & 1:
            raise InputError("the zip is encrypted; give it without a password")
        source = Source(plain(path.name), member.file_size, _member_reader(archive, member))
        try:
            with archive.open(member) as file:
                head = file.read(540)
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
            raise InputError("the zip is damaged or uses an unsupported compression") from error
        if kind_of(head) == "dicom":
            sources.append(source)
    return sources, len(members) - len(sources)


def _member_reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    def load() -> bytes:
        try:
            with archive.open(member) as file:
                content = file.read(member.file_size + 1)
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise InputError("the zip is damaged") from error
        if len(content) != member.file_size:
            raise InputError("the zip holds more or fewer bytes than it claims")
        return content

    return load


def check_deflated(content: bytes) -> None:
    """Refuses a deflated data set that unpacks to more than its size allows.

    Raises:
        InputError: such a bomb, or damaged compression.
    """
    if content[128:132] != b"DICM" or _DEFLATED not in content[132:1024]:
        return
    limit = inflated_limit(len(content))
    # (0002,0000) UL: the length of the rest of the file meta group.
    start = 144 + int.from_bytes(content[140:144], "little")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = len(inflater.decompress(content[start:], limit + 1))
    except zlib.error as error:
        raise InputError("the deflated DICOM data set is damaged") from error
    if inflated > limit:
        raise InputError("the deflated DICOM data set unpacks to more than is allowed")

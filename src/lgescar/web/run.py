"""Serves the application on one address until it is interrupted."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import uvicorn
from starlette.applications import Starlette

from lgescar.core.errors import LgescarError, UsageError
from lgescar.read.formats import MAX_DEPTH
from lgescar.read.kinds import first_bytes, kind_of
from lgescar.read.names import is_litter, natural_key
from lgescar.reader.store import Store

END_S = 3
"""How long running answers may take once the server is to end."""

NOT_STUDIES = frozenset({"labels", "masks", "segmentations", "overlays", "truth", "noisy"})
"""Folders of cohorts that hold outlines, not images."""
LOOKED_AT = 200
"""Files of a folder whose first bytes are read."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens. Other machines are served with TLS and named users only.

    Raises:
        UsageError: half a pair of TLS files, or another address without TLS and users.
    """

    host: str
    port: int
    tls_cert: Path | None = None
    tls_key: Path | None = None
    named: bool = False

    def __post_init__(self) -> None:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise UsageError("--tls-cert and --tls-key belong together; give both")
        if not is_loopback(self.host) and not (self.tls_cert is not None and self.named):
            raise UsageError(
                f"--host {self.host} lets other machines in; that takes --tls-cert, --tls-key and "
                "--users, or stay on 127.0.0.1"
            )

    def shown(self, port: int) -> str:
        """What a person types, without the path."""
        scheme = "http" if self.tls_cert is None else "https"
        return f"{scheme}://{f'[{self.host}]' if ':' in self.host else self.host}:{port}"

    def origins(self, port: int) -> frozenset[str]:
        """The addresses a browser may have come by."""
        scheme = "http" if self.tls_cert is None else "https"
        names = {self.host.lower()}
        if is_loopback(self.host):
            names |= {"127.0.0.1", "localhost"}
        elif self.host in ("0.0.0.0", "::"):
            names |= {socket.gethostname().lower(), socket.getfqdn().lower(), "localhost"}
        spelled = {f"[{name}]" if ":" in name else name for name in names}
        bare = {f"{scheme}://{name}" for name in spelled}
        usual = port == (80 if self.tls_cert is None else 443)
        return frozenset(f"{one}:{port}" for one in bare) | (bare if usual else frozenset())


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listening(address: Address) -> socket.socket:
    """The socket, bound; its port is known even where any free one was requested.

    Raises:
        UsageError: the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address.host, address.port))
        bound.listen()  # who opens the printed address at once waits instead of being refused
    except (OSError, OverflowError) as error:
        bound.close()
        reason = getattr(error, "strerror", None) or "no such port"
        raise UsageError(
            f"cannot listen on {address.host} port {address.port}: {reason}; choose another --port"
        ) from error
    return bound


def serve(app: Starlette, address: Address, bound: socket.socket) -> None:
    """Answer until Ctrl-C or a signal to end. Requests are not logged: addresses hold keys."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        loop="asyncio",
        http="h11",
        ssl_certfile=address.tls_cert,
        ssl_keyfile=address.tls_key,
        timeout_graceful_shutdown=END_S,
    )
    with contextlib.suppress(KeyboardInterrupt):  # raised again once all has ended in good order
        uvicorn.Server(config).run(sockets=[bound])


class Filling:
    """Adds the studies of a folder to the worklist while the server answers already."""

    def __init__(self, store: Store, folder: Path, said: Callable[[str], None]) -> None:
        self._store = store
        self._folder = folder
        self._said = said
        self._stopped = Flag()
        self._thread = Thread(target=self._fill, name="filling", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the study that is being added."""
        self._stopped.set()
        self._thread.join()

    def _fill(self) -> None:
        added = 0
        for path in studies_below(self._folder):
            if self._stopped.is_set():
                return
            try:
                self._store.add_study(path)
                added += 1
            except LgescarError as error:
                self._said(str(error))
        if not added:
            self._said("no study was found below --data")


def to_stderr(sentence: str) -> None:
    """Tell the person at the terminal."""
    print(f"lgescar: {sentence}", file=sys.stderr, flush=True)


def studies_below(folder: Path, depth: int = 0) -> Iterator[Path]:
    """Every study of a folder: NIfTI files and zips one by one, folders of DICOM or PNG whole.

    All that lies below one folder of ``folder`` in DICOM is one exam, hence one study.
    """
    files, folders = _listed(folder)
    if any(_kind(file) in ("dicom", "image") for file in files[:LOOKED_AT]):
        yield folder
        return
    yield from (file for file in files if _kind(file) in ("nifti", "zip"))
    for one in folders if depth <= MAX_DEPTH else ():
        exam = depth == 0 and _holds_dicom(one)
        yield from [one] if exam else studies_below(one, depth + 1)


def _holds_dicom(folder: Path, depth: int = 0) -> bool:
    files, folders = _listed(folder)
    if any(_kind(file) == "dicom" for file in files[:LOOKED_AT]):
        return True
    return depth < MAX_DEPTH and any(_holds_dicom(one, depth + 1) for one in folders)


def _kind(file: Path) -> str:
    return kind_of(first_bytes(file))


def _listed(folder: Path) -> tuple[list[Path], list[Path]]:
    """Files and folders in natural order; litter and links left out."""
    try:
        found = sorted(folder.iterdir(), key=lambda path: natural_key(path.name))
    except OSError:
        return [], []
    listed = [path for path in found if not path.is_symlink() and not is_litter(path)]
    folders = [p for p in listed if p.is_dir() and p.name.lower() not in NOT_STUDIES]
    return [p for p in listed if p.is_file()], folders

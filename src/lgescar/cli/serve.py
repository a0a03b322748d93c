"""``lgescar serve``: the reader in a browser."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

    from lgescar.reader.store import Store
    from lgescar.web.run import Address

HELP = "read studies in a browser: correct the outlines, accept them; every edit is stored"
EXAMPLE = "lgescar serve --data exams --store readings"
PORT = 8350


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``lgescar serve``."""
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="every study below it joins the worklist"
    )
    parser.add_argument(
        "--store",
        type=Path,
        metavar="DIR",
        help="the readings are stored here (default: ~/.local/share/lgescar/store)",
    )
    parser.add_argument("--bundle", default="default", metavar="NAME|PATH", help="the model to use")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument(
        "--port", type=int, default=PORT, metavar="N", help=f"default {PORT}; 0 takes a free one"
    )
    parser.add_argument("--open", action="store_true", help="open the page in a browser, too")
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate, PEM")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="its private key, PEM")
    parser.add_argument(
        "--users", type=Path, metavar="FILE", help="who may log in by name, instead of by address"
    )
    parser.add_argument(
        "--monai-label",
        action="store_true",
        help="answer clients of MONAI Label, such as 3D Slicer, too",
    )
    parser.add_argument(
        "--add-user", metavar="NAME", help="write a user to --users, asking for a password, and end"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from lgescar.core.errors import UsageError

    if args.add_user is not None:
        return _add_user(args)
    if args.data is not None and not args.data.is_dir():
        raise UsageError("--data names no folder")
    from lgescar.reader.store import Store
    from lgescar.web.run import Address, listening

    address = Address(args.host, args.port, args.tls_cert, args.tls_key, args.users is not None)
    with listening(address) as bound, Store(args.store or default_store()) as store:
        _serve(args, address, bound, store)
    return 0


def default_store() -> Path:
    """Folder of the readings where none is named."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "lgescar" / "store"


def _serve(args: argparse.Namespace, address: Address, bound: socket.socket, store: Store) -> None:
    from lgescar.bundle import open_bundle
    from lgescar.web.access import Access
    from lgescar.web.app import reader_app
    from lgescar.web.routes.monai import MONAI_ROUTES
    from lgescar.web.run import Filling, serve, to_stderr
    from lgescar.web.users import read_users

    users = None if args.users is None else read_users(args.users)
    port = bound.getsockname()[1]
    access = Access(address.origins(port), secure=address.tls_cert is not None)
    if users is not None:
        access.token = None
    more = MONAI_ROUTES if args.monai_label else ()
    app = reader_app(store, open_bundle(args.bundle), access, users, more)
    filling = None if args.data is None else Filling(store, args.data, to_stderr)
    _say(args, f"{address.shown(port)}/" + (f"?token={access.token}" if access.token else ""))
    try:
        serve(app, address, bound)
    finally:
        if filling is not None:
            filling.stop()


def _say(args: argparse.Namespace, where: str) -> None:
    print(json.dumps({"address": where}) if args.json else where, flush=True)
    if args.open:
        import webbrowser

        webbrowser.open(where)


def _add_user(args: argparse.Namespace) -> int:
    from lgescar.core.errors import UsageError
    from lgescar.web.users import add_user

    if args.users is None:
        raise UsageError("--add-user writes to the file that --users names; give it, too")
    password = getpass.getpass(f"password of {args.add_user}: ") if sys.stdin.isatty() else input()
    add_user(args.users, args.add_user, password)
    print(json.dumps({"user": args.add_user}) if args.json else f"{args.add_user} may log in")
    return 0

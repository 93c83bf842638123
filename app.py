"""Blockyard's web process: `make run`, `python app.py` or `streamlit run app.py` starts it."""

from __future__ import annotations

import logging
import os
import socket
import sys
import webbrowser
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio.to_thread
import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from components.middleware import House
from components.mishap import show_mishap
from lib.errors import UserError
from lib.i18n import N_, _, negotiate, use_language
from lib.settings import Settings, settings

ROOT = Path(__file__).resolve().parent
LAUNCHED = __name__ == "__main__"

# Own addresses stand under /api/; components/middleware.py leaves those alone.
ROUTES: Sequence[BaseRoute] = ()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncGenerator[None, None]:
    """Make the folders, see that a supervisor is running, and say where the page is.

    The supervisor outlives this process, so that trainings go on while it restarts.
    """
    from lib.runs import supervisor

    prepare(settings())
    await anyio.to_thread.run_sync(supervisor.ensure_running)
    announce()
    yield


def prepare(chosen: Settings) -> None:
    """Make the folders of the store and of the data sets where they are missing.

    Raises:
        UserError: a folder cannot be made.
    """
    for variable, folder in (("BLOCKYARD_HOME", chosen.home), ("BLOCKYARD_DATA", chosen.data)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(variable, N_("expected a folder that can be written ({problem})"), str(folder),
                            problem=error.strerror or str(error)) from None


def announce() -> None:
    """Print the address of the page, and open it where this process was launched on a desktop."""
    address = f"http://{st.get_option('server.address') or 'localhost'}:{st.get_option('server.port')}"
    print(_("Blockyard is at {address} (Ctrl+C stops the page; trainings go on).").format(address=address), flush=True)
    if LAUNCHED and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        webbrowser.open(address)


def check_port(address: str, port: int) -> None:
    """Find out before anything starts whether the page can be served at `port`.

    Raises:
        UserError: another program listens there, or this user may not.
    """
    family, kind, protocol, _name, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except OSError as error:
            raise UserError("BLOCKYARD_PORT", N_("expected a free port, for example BLOCKYARD_PORT={other} make run "
                                                 "({problem})"), port, other=port + 1,
                            problem=error.strerror or str(error)) from None


def main() -> int:
    """Serve the page until it is stopped; 2 and one sentence when it cannot be served."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    use_language(negotiate([os.environ.get("LANG", "en").partition(".")[0]]))
    try:
        chosen = settings()
        prepare(chosen)
        # Before the first look at any option, so that Streamlit does not read its configuration twice.
        os.environ["STREAMLIT_SERVER_PORT"] = str(chosen.port)
        check_port(st.get_option("server.address") or "0.0.0.0", chosen.port)  # noqa: S104 - Streamlit's own default
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    app.run()
    return 0


app = st.App(
    ROOT / "components/shell.py",
    lifespan=lifespan,
    routes=ROUTES,
    middleware=[Middleware(House)],
    on_script_error=show_mishap,
)

if LAUNCHED:
    sys.exit(main())

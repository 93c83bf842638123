"""Blockyard's web process, as `make run` and `streamlit run app.py` serve it."""

from __future__ import annotations

import logging
import webbrowser
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.to_thread
import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from streamlit.runtime import get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from components import live_routes, move_page, watch_page
from components.belongings import BELONGINGS
from components.middleware import House
from components.mishap import show_mishap
from lib.launch import has_desktop, prepare
from lib.runs.supervisor import ensure_running
from lib.runs.watch import watch_supervisor
from lib.settings import settings

# components/addresses.py lets nobody through to others.
ROUTES: Sequence[BaseRoute] = (*live_routes.ROUTES, *watch_page.ROUTES, *move_page.ROUTES)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncGenerator[None, None]:
    """Make the folders, see that a supervisor is running, and say where the page is.

    The supervisor outlives this process, so that trainings go on while it restarts; and while this process lives, a
    supervisor that was lost is followed by another.
    """
    prepare(settings())
    runtime = get_instance()
    assert isinstance(runtime.uploaded_file_mgr, MemoryUploadedFileManager)
    BELONGINGS.watch(runtime.media_file_mgr, runtime.uploaded_file_mgr)
    await anyio.to_thread.run_sync(ensure_running)
    announce()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch_supervisor)
        yield
        tasks.cancel_scope.cancel()


def announce() -> None:
    """Print the address of the page, and open it where there is a desktop to open it on."""
    address = f"http://{st.get_option('server.address') or 'localhost'}:{st.get_option('server.port')}"
    print(f"Blockyard is at {address} (Ctrl+C stops the page; trainings go on).", flush=True)
    if has_desktop():
        webbrowser.open(address)


logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")

app = st.App(
    Path(__file__).resolve().parent / "components/shell.py",
    lifespan=lifespan,
    routes=ROUTES,
    middleware=[Middleware(House)],
    on_script_error=show_mishap,
)

"""`python -m lib.launch`: check what can be checked at once, then become the web process."""

from __future__ import annotations

import os
import socket
import sys
import tomllib
from pathlib import Path
from typing import Final, NoReturn

from lib.errors import UserError
from lib.i18n import N_, negotiate, use_language
from lib.runs.supervisor import ensure_running
from lib.settings import Settings, settings

ROOT: Final = Path(__file__).resolve().parent.parent


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


def check_port(address: str, port: int) -> None:
    """Find out before anything starts whether the page can be served.

    Raises:
        UserError: another program listens at `port` of `address`, or this user may not.
    """
    family, kind, protocol, _name, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except OSError as error:
            message = N_("expected a free port; stop the program that uses this one or set another, "
                         "for example BLOCKYARD_PORT={other} ({problem})")
            raise UserError("BLOCKYARD_PORT", message, port, other=port % 65535 + 1,
                            problem=error.strerror or str(error)) from None


def serving_address() -> str:
    """The address to listen at: from the environment, else from Streamlit's configuration file."""
    configured = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
    return os.environ.get("STREAMLIT_SERVER_ADDRESS") or str(configured["server"]["address"])


def has_desktop() -> bool:
    """Whether there is a desktop on which a page can be opened."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def serve(port: int) -> NoReturn:
    """Replace this process by Streamlit."""
    # Folders that were given as seen from here shall be the same ones there.
    for variable in ("BLOCKYARD_HOME", "BLOCKYARD_DATA"):
        if given := os.environ.get(variable):
            os.environ[variable] = str(Path(given).resolve())
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "components.server", "run", "app.py", f"--server.port={port}"])


def main() -> int:
    """Become the web process; 2 and one sentence on standard error when it could not serve."""
    use_language(negotiate([os.environ.get("LANG", "en").partition(".")[0]]))
    try:
        chosen = settings()
        prepare(chosen)
        check_port(serving_address(), chosen.port)
        ensure_running()
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    serve(chosen.port)


if __name__ == "__main__":
    sys.exit(main())

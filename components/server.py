"""`python -m components.server run app.py`: Streamlit's server, with connections that wait only so long."""

from __future__ import annotations

import sys
from typing import Final

from streamlit.web.cli import main
from uvicorn.config import HTTP_PROTOCOLS

PROTOCOL: Final = "components.patience:Patient"


def serve(arguments: list[str]) -> None:
    """Run Streamlit's command line with `arguments`; returns when the server has ended."""
    # Streamlit lets nobody choose, and uvicorn looks here.
    HTTP_PROTOCOLS["auto"] = PROTOCOL
    main(args=arguments, prog_name="streamlit")


if __name__ == "__main__":
    serve(sys.argv[1:])

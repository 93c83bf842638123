"""Connections that say nothing, or take nothing, end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from components.headers import HEADERS
from components.patience import Patient

MUCH = b"x" * 20_000_000


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Sends what is asked for; on /wait, after the whole body has come."""
    if scope["path"] == "/wait":
        while (await receive()).get("more_body"):
            pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": MUCH if scope["path"] == "/much" else b"ok"})


class Hasty(Patient):
    """Waits so shortly that a test can see it."""

    head_seconds = 0.2
    take_seconds = 0.2


async def said(*pieces: bytes) -> bytes:
    """All that the server says until it ends the connection; each of `pieces` is sent when something has come back."""
    loop = asyncio.get_running_loop()
    config = Config(answer, lifespan="off", log_level="critical")
    config.load()
    server = await loop.create_server(lambda: Hasty(config, ServerState(), {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
    got = b""
    try:
        for number, piece in enumerate(pieces):
            got += await reader.read(100) if number else b""
            writer.write(piece)
        while more := await reader.read(1 << 20):
            got += more
    except ConnectionResetError:
        pass
    finally:
        writer.close()
        server.close()
    return got


@pytest.mark.parametrize("pieces", [
    (), (b"GET / HT",), (b"GET / HTTP/1.1\r\nhost: x\r\n",), (b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", b"GET /again HTTP"),
])
def test_half_a_request_is_not_waited_for(pieces: tuple[bytes, ...]) -> None:
    got = asyncio.run(said(*pieces))
    assert got.count(b"200") == (1 if len(pieces) == 2 else 0)


def test_requests_in_a_row_are_answered() -> None:
    got = asyncio.run(said(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"))
    assert got.count(b"HTTP/1.1 200") == 2


def test_what_is_no_http_and_what_is_too_long_is_refused_with_our_headers() -> None:
    long = b"a" * 100_000
    for piece in (b"\x16\x03\x01nonsense\r\n\r\n", b"GET /" + long, b"GET / HTTP/1.1\r\nx: " + long):
        got = asyncio.run(said(piece)).lower()
        assert got.startswith(b"http/1.1 400")
        assert all(f"{name}: {value}".lower().encode() in got for name, value in HEADERS.items())


def test_an_answer_that_nobody_takes_ends() -> None:
    async def unread() -> int:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        class Noted(Hasty):
            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                ended.set()

        config = Config(answer, lifespan="off", log_level="critical")
        config.load()
        server = await loop.create_server(lambda: Noted(config, ServerState(), {}), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1], limit=1000)
        writer.write(b"GET /much HTTP/1.1\r\nhost: x\r\n\r\n")
        await ended.wait()
        writer.close()
        server.close()
        return len(reader._buffer)  # type: ignore[attr-defined]

    assert asyncio.run(unread()) < len(MUCH)

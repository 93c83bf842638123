"""HTTP that waits only so long: for the head of a request, and for a client to take what it has asked for.

uvicorn alone waits for ever for both, so that a few hundred connections which say nothing keep everybody else out.
"""

from __future__ import annotations

import asyncio
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from components.headers import HEADERS, page_policy

HEAD_SECONDS: Final = 10.0
"""From the beginning of a connection, or the end of an answer, until the next request has told what it wants."""
TAKE_SECONDS: Final = 30.0
"""Until a client takes the next piece of an answer."""


class Patient(H11Protocol):
    """One connection. uvicorn makes it, with HTTP/1.1 as h11 reads it, and an address or head of 64 kB at most."""

    head_seconds = HEAD_SECONDS
    take_seconds = TAKE_SECONDS
    _head: asyncio.TimerHandle | None = None
    _take: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Read on; a request that is complete, or has become a WebSocket, is waited for no more."""
        super().data_received(data)
        self._wait_for_head()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        super().on_response_complete()
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._wait_no_more("_head", "_take")
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begin to wait until the client takes something."""
        super().pause_writing()
        self._wait_no_more("_take")
        self._take = self.loop.call_later(self.take_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has taken something."""
        super().resume_writing()
        self._wait_no_more("_take")

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, with the headers that every answer has."""
        headers = [*HEADERS.items(), ("content-security-policy", page_policy()),
                   ("content-type", "text/plain; charset=utf-8"), ("connection", "close")]
        events = (h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
                  h11.Data(data=msg.encode("ascii")), h11.EndOfMessage())
        for event in events:
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _wait_for_head(self) -> None:
        # What has become a WebSocket has another protocol.
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering or self.transport.get_protocol() is not self:
            self._wait_no_more("_head")
        elif self._head is None and not self.transport.is_closing():
            self._head = self.loop.call_later(self.head_seconds, self.transport.abort)

    def _wait_no_more(self, *names: str) -> None:
        for name in names:
            timer: asyncio.TimerHandle | None = getattr(self, name)
            if timer is not None:
                timer.cancel()
            setattr(self, name, None)

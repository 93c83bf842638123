"""The page of one browser, over a connection to the real server as the program in the browser holds one."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from components.owner import COOKIE

PLACE = re.compile(r"number (\d+) in line|Next in line")
READER = "reader"
STATE = re.compile(r"-badge\[:material/\w+: (.+)\]")


@dataclass
class Page:
    """What the page of one owner has told about the runs that it showed.

    Attributes:
        owner: whose page it is.
        token: what its cookie says.
        run: the run that it shows; empty until the server has answered.
        places: of every run that it showed, the places in line that it told, in their order.
        states: of every run, the states that it told, each once in a row.
        delays: seconds from each request to the end of its answer.
        troubles: what it should never show.
    """

    owner: str
    token: str
    run: str = ""
    places: dict[str, list[int]] = field(default_factory=dict)
    states: dict[str, list[str]] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    _wanted: str = ""
    _script: str = ""
    _asked: float | None = None
    _clocks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _line: ClientConnection | None = None

    async def open(self, port: int) -> None:
        """Connect to the server at `port`; the page goes on by itself until `close`."""
        self._line = await connect(
            f"ws://localhost:{port}/_stcore/stream", origin=Origin(f"http://localhost:{port}"),
            subprotocols=[Subprotocol("streamlit")],
            additional_headers={"Cookie": f"{COOKIE}={self.token}"}, max_size=None, ping_interval=None)
        self._clocks[READER] = asyncio.create_task(self._read(self._line))

    async def show(self, run_id: str) -> None:
        """Open the address of a run."""
        self.run, self._wanted = "", run_id
        await self._ask("")

    async def close(self) -> None:
        """Leave, as a browser that is closed does."""
        for task in self._clocks.values():
            task.cancel()
        await asyncio.gather(*self._clocks.values(), return_exceptions=True)
        if self._line is not None:
            await self._line.close()

    @property
    def closed(self) -> bool:
        """Whether the server has hung up."""
        return self._clocks[READER].done()

    @property
    def ending(self) -> BaseException | None:
        """Why its connection ended."""
        return self._clocks[READER].exception()

    async def _ask(self, fragment: str) -> None:
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string, rerun.page_name, rerun.page_script_hash = f"run={self._wanted}", "train", self._script
        rerun.fragment_id, rerun.is_auto_rerun = fragment, bool(fragment)
        rerun.context_info.locale, rerun.context_info.timezone = "en", "UTC"
        self._asked = self._asked or time.monotonic()
        assert self._line is not None
        await self._line.send(message.SerializeToString())

    async def _tick(self, fragment: str, interval: float) -> None:
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(interval)
                await self._ask(fragment)

    async def _read(self, line: ClientConnection) -> None:
        async for data in line:
            self._hear(ForwardMsg.FromString(data))

    def _hear(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "new_session" if not message.metadata.run.fragment_ids:
                self.run = self._wanted
                for fragment in self._clocks.keys() - {READER}:
                    self._stop_clock(fragment)
            case "navigation":
                self._script = message.navigation.page_script_hash
            case "auto_rerun":
                self._start_clock(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self._stop_clock(fragment)
            case "script_finished" if self._asked is not None:
                self.delays.append(time.monotonic() - self._asked)
                self._asked = None
            case "delta":
                self._look(message.delta)

    def _start_clock(self, fragment: str, interval: float) -> None:
        clock = self._clocks.get(fragment)
        if clock is None or clock.get_name() != str(interval):
            self._stop_clock(fragment)
            self._clocks[fragment] = asyncio.create_task(self._tick(fragment, interval), name=str(interval))

    def _stop_clock(self, fragment: str) -> None:
        if clock := self._clocks.pop(fragment, None):
            clock.cancel()

    def _look(self, delta: Any) -> None:
        """Take in what has come onto the screen."""
        kind = delta.new_element.WhichOneof("type") if delta.HasField("new_element") else None
        if kind == "exception" or (kind == "alert" and delta.new_element.alert.format == delta.new_element.alert.ERROR):
            self.troubles.append(str(getattr(delta.new_element, kind)))
        if kind != "markdown" or not self.run:
            return
        text = delta.new_element.markdown.body
        if found := PLACE.search(text):
            self.places.setdefault(self.run, []).append(int(found[1] or 1))
        if found := STATE.search(text):
            told = self.states.setdefault(self.run, [])
            if told[-1:] != [found[1]]:
                told.append(found[1])

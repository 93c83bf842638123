"""A download ends with the whole file or with one sentence, and never leaves half of one."""

from __future__ import annotations

import errno
import hashlib
import io
import shutil
import tarfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest

from lib.data import available, background, data_file, download, load, remote
from lib.errors import UserError
from lib.settings import settings
from tests.lib.data.conftest import arrays
from tests.lib.data.test_cifar_batches import as_published, batch


class Handler(BaseHTTPRequestHandler):
    """Serves `content`; stops after `cut` bytes, or waits for `gate` before the second half."""

    content: ClassVar[bytes] = b""
    cut: ClassVar[int | None] = None
    gate: ClassVar[Event | None] = None

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        half = len(self.content) // 2
        self.wfile.write(self.content[: min(half, self.cut or half)])
        if self.gate:
            self.gate.wait(20)
        if self.cut is None:
            self.wfile.write(self.content[half:])

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server to whom a visitor who leaves early is no news."""

    def handle_error(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    monkeypatch.setenv("BLOCKYARD_OFFLINE", "0")
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(background, "_latest", {})
    httpd = Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield httpd
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def publish(monkeypatch: pytest.MonkeyPatch, server: ThreadingHTTPServer, name: str, content: bytes, **how: object
            ) -> None:
    """Let `content` be what the world publishes as data set `name`."""
    for attribute, value in {"content": content, "cut": None, "gate": None, **how}.items():
        monkeypatch.setattr(Handler, attribute, value)
    address = f"http://127.0.0.1:{server.server_address[1]}/{name}"
    published = remote.Remote(address, hashlib.sha256(content).hexdigest(), len(content), len(content))
    monkeypatch.setitem(remote.REMOTES, name, published)


def mnist() -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays("mnist"))
    return file.getvalue()


def cifar10() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for seed, name in enumerate((*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")):
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            content = as_published(batch(4, seed))
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return file.getvalue()


def files() -> list[str]:
    return sorted(path.name for path in settings().data.glob("*"))


@pytest.mark.parametrize(("name", "content"), [("mnist", mnist()), ("cifar10", cifar10())], ids=["mnist", "cifar10"])
def test_a_download_becomes_the_file_of_the_folder(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes
) -> None:
    publish(monkeypatch, server, name, content)
    said: list[remote.Progress] = []
    assert download(name, said.append) == data_file(name)
    assert files() == [f"{name}.npz"]
    assert available(name) == load(name).source == "folder"
    assert load(name).x_train.shape[0] in (20, 30)
    assert all(0 <= progress.fraction <= 1 for progress in said)
    assert str(said[0]).startswith(("Downloading MNIST: ", "Downloading CIFAR-10: "))


@pytest.mark.parametrize("cut", [0, 1000])
def test_an_incomplete_or_changed_file_is_refused(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    publish(monkeypatch, server, "mnist", mnist(), cut=cut or None)
    if not cut:
        monkeypatch.setattr(Handler, "content", mnist()[:-1] + b"!")
    with pytest.raises(UserError, match=r"^MNIST: expected the published file of \d+ bytes"):
        download("mnist")
    assert files() == []


def test_a_file_without_end_is_cut_short(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, server, "mnist", mnist())
    monkeypatch.setattr(Handler, "content", mnist() * 20)
    with pytest.raises(UserError, match=r"^MNIST: expected the published file"):
        download("mnist")


def test_an_answer_of_no_file_is_one_sentence(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, server, "mnist", mnist())
    monkeypatch.delattr(Handler, "do_GET")
    with pytest.raises(UserError, match=r"^127\.0\.0\.1:\d+: expected an answer; is there a network\?"):
        download("mnist")


def test_no_network_is_one_sentence(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, server, "mnist", mnist())
    closed = remote.REMOTES["mnist"]._replace(url="http://127.0.0.1:9/mnist")
    monkeypatch.setitem(remote.REMOTES, "mnist", closed)
    with pytest.raises(UserError, match=r"expected an answer.*Received: Connection refused"):
        download("mnist")
    assert files() == []
    assert load("mnist").source == "sample"


def test_downloads_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_OFFLINE", "1")
    with pytest.raises(UserError, match="BLOCKYARD_OFFLINE: expected 0 to allow downloads"):
        download("mnist")


@pytest.mark.parametrize("name", ["shapes", "fashion"])
def test_only_published_sets_are_fetched(name: str) -> None:
    with pytest.raises(UserError, match=r"^data: expected"):
        download(name)


def test_a_disk_without_room_is_one_sentence(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, server, "mnist", mnist())
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=100))
    with pytest.raises(UserError, match=r"expected room for \d+ MB.*Received: the disk is full"):
        download("mnist")
    assert files() == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_disk_that_fills_up_leaves_no_half_file(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    publish(monkeypatch, server, "cifar10", cifar10())

    def full(file: io.BufferedWriter, **arrays: np.ndarray) -> None:
        file.write(b"half")
        raise OSError(code, "full")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(UserError, match="the disk is full") as caught:
        download("cifar10")
    assert str(caught.value).startswith(str(settings().data.resolve()))
    assert "\n" not in str(caught.value)
    assert files() == []


def test_a_folder_that_cannot_be_made_is_one_sentence(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish(monkeypatch, server, "mnist", mnist())
    (tmp_path / "file").touch()
    monkeypatch.setenv("BLOCKYARD_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(UserError, match="expected a folder that can be written to"):
        download("mnist")


def test_an_interrupted_download_leaves_nothing(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, server, "mnist", mnist())

    def stop(progress: remote.Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download("mnist", stop)
    assert files() == []


def test_what_a_killed_download_left_is_swept_away(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    publish(monkeypatch, server, "mnist", mnist())
    (data / "mnist.npz.0123abcd.part").write_bytes(b"half")
    (data / "notes.part").write_bytes(b"mine")
    monkeypatch.setattr(remote, "_STALE", -1.0)
    download("mnist")
    assert files() == ["mnist.npz", "notes.part"]


def test_a_background_download_is_shared_and_seen(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Event()
    publish(monkeypatch, server, "mnist", mnist(), gate=gate)
    assert background.latest("mnist") is None
    job = background.start("mnist")
    assert background.start("mnist") is job is background.latest("mnist")
    assert job.running
    gate.set()
    job.wait(20)
    assert not job.running
    assert job.error is None
    assert available("mnist") == "folder"
    assert background.start("mnist") is not job
    background.start("mnist").wait(20)


def test_a_failed_background_download_keeps_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_latest", {})
    job = background.start("mnist")
    job.wait(20)
    assert "BLOCKYARD_OFFLINE" in str(job.error)

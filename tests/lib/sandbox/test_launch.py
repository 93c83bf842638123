import ctypes
import os
import pwd
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from lib.errors import UserError
from lib.sandbox import folder, kernel, launch
from lib.sandbox.folder import Room, remove
from lib.sandbox.launch import Box

HOSTILE = Path(__file__).with_name("hostile.py")


@pytest.fixture(autouse=True)
def hostile(monkeypatch):
    monkeypatch.setattr(launch, "START", HOSTILE)


def heard(folder, job, seconds=30.0, room=100_000_000):
    """What is said of a process that does this; and it is gone then."""
    box = Box(job, folder, {}, seconds, room)
    try:
        while True:
            box.hear(0.05)
    except UserError as error:
        return str(error)
    finally:
        box.close()
        assert not Path(f"/proc/{box.pid}").exists()


@pytest.mark.parametrize(("job", "sentence"), [
    ("no_end", "said more than a training can say"), ("nested", "said more than a training can say"),
    ("no_object", "said more than a training can say"),
    ("files", "made more than 4,000 files"), ("deep", "folders in each other"), ("large", "wrote more than 100 MB"),
    ("gone", "ended without a word (status 7)"),
])
def test_a_process_that_takes_too_much_is_ended(tmp_path, job, sentence):
    assert sentence in heard(tmp_path / "run", job)
    assert list((tmp_path / "run").iterdir()) == []


def test_room_behind_the_end_of_a_file_cannot_be_taken_and_would_be_counted(tmp_path):
    assert "(status 8)" in heard(tmp_path / "run", "reserved")
    with (tmp_path / "run/history.csv").open("wb") as file:
        keep_size = 1
        taken = ctypes.CDLL(None).fallocate(file.fileno(), keep_size, ctypes.c_long(0), ctypes.c_long(3 << 20))
        assert (taken, os.fstat(file.fileno()).st_size) == (0, 0)
    assert "wrote more than 2 MB" in str(Room(tmp_path / "run", 2_000_000).problem())


def test_files_that_are_in_no_folder_do_not_fill_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "LEAST_FREE", 1 << 60)
    assert "the disk had less than" in heard(tmp_path / "run", "removed")


def test_a_folder_that_nobody_can_look_into_hides_nothing(tmp_path):
    """Root may look into every folder, and asks as an ordinary user here."""
    heard(tmp_path / "run", "locked")
    assert sorted((path.name, path.stat().st_mode & 0o7077) for path in (tmp_path / "run").rglob("*")) == [
        ("checkpoints", 0), ("hidden", 0), ("model.keras", 0), ("tensorboard", 0)]
    with ordinary_user() as place:
        (place / "checkpoints").mkdir(0o300)
        (place / "checkpoints/hidden").touch()
        room = Room(place, 1000)
        assert "made a folder that nobody can look into" in str(room.problem())
        room.tidy()
        assert room.problem() is None
        (place / "deep").mkdir(0o300)
        remove(place)
        assert not place.exists()


@contextmanager
def ordinary_user():
    """Be one, with a folder that is theirs."""
    with tempfile.TemporaryDirectory() as above:
        place, user = Path(above, "run"), os.geteuid()
        Path(above).chmod(0o777)
        if user == 0:
            os.seteuid(pwd.getpwnam("nobody").pw_uid)
        try:
            place.mkdir()
            yield place
        finally:
            os.seteuid(user)


def test_a_process_that_never_ends_is_ended(tmp_path):
    assert "took more than 1 seconds" in heard(tmp_path / "run", "silent", seconds=1)


def test_threads_are_counted_also_where_the_kernel_does_not(tmp_path, monkeypatch):
    monkeypatch.setattr(launch, "_given_to", lambda _folder: None)
    monkeypatch.setattr(launch, "_threads", lambda: 100_000)
    assert "started more than 256 threads" in heard(tmp_path / "run", "threads")


def test_only_results_stay_in_the_folder(tmp_path):
    heard(tmp_path / "run", "junk")
    assert sorted(path.name for path in (tmp_path / "run").rglob("*")) == ["checkpoints", "model.keras", "state.json"]


def test_a_machine_without_a_sandbox_refuses_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(launch.kernel.platform, "machine", lambda: "riscv64")
    with pytest.raises(UserError, match="cannot shut Python in, so layers in Python do not run here"):
        Box("silent", tmp_path / "run", {}, 1, 1)
    assert not (tmp_path / "run").exists()


def test_a_filter_of_a_container_is_not_the_sandbox(monkeypatch):
    monkeypatch.setattr(kernel, "prctl", lambda _option: kernel.FILTERED)
    assert not kernel.inside()

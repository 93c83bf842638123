from pathlib import Path

import pytest

from lib.errors import UserError
from lib.sandbox import launch
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

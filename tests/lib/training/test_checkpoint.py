import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lib.errors import UserError
from lib.training.checkpoint import load, save

PROJECT = Path(__file__).parents[3]


class Killed(BaseException):
    """Stands for the end of the process: nothing after it is done, and no handler for errors runs."""


def weights(text):
    def write(folder):
        (folder / "model.weights").write_text(text)
        (folder / "optimizer").mkdir()
        (folder / "optimizer/slots").write_text(text * 2)

    return write


def test_what_was_saved_is_loaded(tmp_path):
    path = save(tmp_path / "new", 7, weights("seven"), {"epoch": 1, "seed": [1, 2]})
    found = load(tmp_path / "new")
    assert (found.path, found.step, found.state) == (path, 7, {"epoch": 1, "seed": [1, 2]})
    assert (path / "optimizer/slots").read_text() == "sevenseven"


def test_nothing_saved_is_nothing_loaded(tmp_path):
    assert load(tmp_path) is load(tmp_path / "missing") is None


def test_the_newest_two_are_kept(tmp_path):
    for step in (1, 2, 3, 3):
        save(tmp_path, step, weights(str(step)), {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ckpt-3", "ckpt-4"]
    assert load(tmp_path).step == 3


def test_ten_comes_after_nine(tmp_path):
    for step in range(1, 12):
        save(tmp_path, step, weights(str(step)), {})
    assert load(tmp_path).step == 11


def damaged(path, how):
    match how:
        case "byte":
            data = bytearray(path.read_bytes())
            data[0] ^= 1
            path.write_bytes(data)
        case "cut":
            path.write_bytes(path.read_bytes()[:-1])
        case "gone":
            path.unlink()


@pytest.mark.parametrize("name", ["model.weights", "optimizer/slots", "state.json", "MANIFEST"])
@pytest.mark.parametrize("how", ["byte", "cut", "gone"])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(tmp_path, name, how):
    save(tmp_path, 1, weights("one"), {})
    damaged(save(tmp_path, 2, weights("two"), {}) / name, how)
    assert load(tmp_path).step == 1
    save(tmp_path, 3, weights("three"), {})
    assert load(tmp_path).step == 3


class Counter:
    """Ends the process, as it were, at the n-th change of the file system."""

    def __init__(self, end_at):
        self.left = end_at

    def count(self):
        self.left -= 1
        if self.left < 0:
            raise Killed

    def wrap(self, function):
        def counted(*args, **kwargs):
            self.count()
            return function(*args, **kwargs)

        return counted


def test_one_that_no_training_writes_gives_way_too(tmp_path):
    before = save(tmp_path, 1, weights("one"), {})
    (save(tmp_path, 2, weights("two"), {}) / "MANIFEST").write_text("[" * 100_000)
    assert load(tmp_path).path == before


def changes_until_killed(tmp_path, end_at):
    """Save step 3 over steps 1 and 2, killed before change number `end_at`; whether it came to its end."""
    with pytest.MonkeyPatch.context() as patch:
        counter = Counter(end_at)
        for owner, name in ((Path, "mkdir"), (Path, "write_text"), (Path, "rename"),
                            (os, "fsync"), (os, "unlink"), (os, "rmdir")):
            patch.setattr(owner, name, counter.wrap(getattr(owner, name)))
        try:
            save(tmp_path, 3, weights("three"), {"epoch": 3})
        except Killed:
            return False
    return True


def test_a_kill_at_any_change_leaves_a_usable_checkpoint(tmp_path):
    ended = False
    for end_at in range(100):
        folder = tmp_path / str(end_at)
        save(folder, 1, weights("one"), {})
        save(folder, 2, weights("two"), {})
        ended = changes_until_killed(folder, end_at)
        found = load(folder)
        assert found.step in (2, 3)
        assert (found.path / "model.weights").read_text() == ("two" if found.step == 2 else "three")
        save(folder, 4, weights("four"), {})
        assert load(folder).step == 4
        assert len(list(folder.iterdir())) == 2
        if ended:
            break
    assert ended
    assert end_at > 15


def test_a_file_that_cannot_be_written_is_one_sentence_and_leaves_no_trace(tmp_path):
    save(tmp_path, 1, weights("one"), {})

    def full(folder):
        (folder / "half").write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(UserError, match="could not be written"):
        save(tmp_path, 2, full, {})
    assert [path.name for path in tmp_path.iterdir()] == ["ckpt-1"]
    assert load(tmp_path).step == 1


def test_a_mistake_of_the_writer_is_its_own(tmp_path):
    with pytest.raises(ZeroDivisionError):
        save(tmp_path, 1, lambda folder: 1 / 0, {})
    assert list(tmp_path.iterdir()) == []


SAVES = """
import sys
from pathlib import Path
from lib.training.checkpoint import save
step = 0
while True:
    step += 1
    save(Path(sys.argv[1]), step, lambda folder: (folder / "weights").write_text(str(step) * 50_000), {"step": step})
    print(step, flush=True)
"""


@pytest.mark.parametrize("delay", [0.0, 0.001, 0.002, 0.003, 0.005, 0.008])
def test_killed_for_real_the_last_reported_checkpoint_is_there(tmp_path, delay):
    command = [sys.executable, "-c", SAVES, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT, text=True) as process:
        reported = [int(process.stdout.readline()) for _ in range(4)][-1]
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        reported = max([reported, *(int(line) for line in process.stdout if line.endswith("\n"))])
    found = load(tmp_path)
    assert reported <= found.step == found.state["step"]
    assert (found.path / "weights").read_text() == str(found.step) * 50_000

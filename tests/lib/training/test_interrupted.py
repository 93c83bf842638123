"""What may happen to a training between its first batch and its end, and what is left of it."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lib import data
from lib.data import Dataset
from lib.errors import UserError
from lib.training import epochs, keeping, lessons
from lib.training.patience import unless_stopped
from lib.training.run import LeftBehindError, NoRoomError, Wish
from tests.lib.training.attempts import Attempts, Killed, at, killed_at
from tests.lib.training.conftest import digits

Make = Callable[..., Attempts]
STOPPING = {"callbacks": [{"name": "EarlyStopping", "patience": 1, "min_delta": 100.0}]}


def checkpoints(run: Attempts) -> list[Path]:
    return sorted((run.folder / "checkpoints").iterdir(), key=lambda path: int(path.name.removeprefix("ckpt-")))


def flip(path: Path) -> None:
    """Turn one bit in the middle."""
    bytes_ = bytearray(path.read_bytes())
    bytes_[len(bytes_) // 2] ^= 1
    path.write_bytes(bytes_)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def forget(path: Path) -> None:
    shutil.rmtree(path.parent)


@pytest.mark.parametrize("damage", [flip, cut, forget])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(attempts: Make, damage: Callable[[Path], None]) -> None:
    whole, parted = attempts("whole"), attempts("parted")
    whole()
    parted(at(4, "pause"))
    parted(at(5, "pause"))
    damage(checkpoints(parted)[-1] / "variables.npz")
    assert parted().ended == "finished"
    assert parted.resumed[-1]["step"] == parted.steps[0]
    assert parted.story == whole.story
    assert parted.weights == whole.weights


def test_with_no_usable_checkpoint_it_begins_anew_and_says_so(attempts: Make) -> None:
    whole, parted = attempts("whole", epochs=2), attempts("parted", epochs=2)
    whole()
    parted(at(10, "pause"))
    for path in checkpoints(parted):
        flip(path / "variables.npz")
    parted()
    assert parted.resumed == [{"kind": "resume", "step": 0, "epoch": 0, "notes": 0, "attempt": 2}]
    assert parted.story == whole.story
    assert parted.weights == whole.weights


def test_a_foreign_checkpoint_is_not_used(attempts: Make) -> None:
    one, other = attempts("one", epochs=2), attempts("other", epochs=2, seed=4)
    one(at(5, "pause"))
    shutil.copytree(one.folder, other.folder)
    other.attempt = 1
    other()
    assert other.resumed[0]["step"] == 0


def test_with_other_data_it_does_not_go_on(attempts: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    run = attempts("run")
    run(at(5, "pause"))
    more = Dataset("mnist", "folder", *digits(200, 0), *digits(40, 1))
    monkeypatch.setattr(data, "load", lambda name: more)
    with pytest.raises(UserError, match=r"this training began \(generated, 100\).*Received: folder, 200"):
        run()
    assert checkpoints(run)


def test_a_pause_is_within_a_batch_and_judges_nothing(attempts: Make) -> None:
    run = attempts("run")
    result = run(lambda: "pause" if len(run.told("batches")) else "")
    assert (result.ended, result.test_accuracy, run.evaluation) == ("paused", None, {})
    assert run.steps == [1]
    assert not (run.folder / "model.keras").exists()


def test_a_pause_while_the_end_is_judged_comes_to_the_same_end(attempts: Make) -> None:
    whole, parted = attempts("whole", epochs=2), attempts("parted", epochs=2)
    whole()
    done = (parted.folder / "model.keras").exists
    assert parted(lambda: "pause" if done() else "").ended == "paused"
    assert parted().ended == "finished"
    assert parted.story == whole.story
    assert parted.weights == whole.weights


def test_stop_after_the_epoch(attempts: Make) -> None:
    run = attempts("run")
    result = run(lambda: "stop_after_epoch")
    assert (result.ended, result.epochs) == ("stopped", 1)
    assert result.test_accuracy is not None


def test_stop_after_the_last_epoch_is_the_end(attempts: Make) -> None:
    assert attempts("run", epochs=1)(lambda: "stop_after_epoch").ended == "finished"


@pytest.mark.parametrize("first", ["finished", "stopped"])
def test_more_epochs_go_on_from_the_last_batch(attempts: Make, first: str) -> None:
    whole, parted = attempts("whole"), attempts("parted")
    whole()
    parted(at(8 if first == "stopped" else 1000, "stop"), epochs=2)
    parted()
    assert parted.story == whole.story
    assert parted.weights == whole.weights


@pytest.mark.parametrize("more", [3, 4, 6])
def test_more_epochs_after_an_early_stop_have_patience_again(attempts: Make, more: int) -> None:
    run = attempts("run", **STOPPING)
    assert run(epochs=4).epochs == 2
    result = run(epochs=more, beyond=2)
    assert (result.ended, result.epochs) == ("finished", 3)
    assert run.resumed[-1]["epoch"] == 2


@pytest.mark.parametrize("more", [3, 4, 6])
@pytest.mark.parametrize("asking", [0, 2, 5])
def test_more_epochs_after_an_early_stop_come_whenever_it_is_killed(attempts: Make, more: int, asking: int) -> None:
    """Before its first new checkpoint, what goes on is the training that had ended, with as many epochs perhaps."""
    whole, parted = attempts("whole", **STOPPING), attempts("parted", **STOPPING)
    for run in (whole, parted):
        run(epochs=4)
    whole(epochs=more, beyond=2)
    for _kill in range(2):
        with pytest.raises(Killed):
            parted(killed_at(asking), epochs=more, beyond=2)
    assert parted(epochs=more, beyond=2).epochs == 3
    assert parted.story == whole.story
    assert parted.weights == whole.weights


def test_an_early_stop_after_more_epochs_holds_when_it_is_killed_at_its_end(attempts: Make) -> None:
    run = attempts("run", **STOPPING)
    run(epochs=4)
    run(epochs=6, beyond=2)
    weights = run.weights
    assert run(epochs=6, beyond=2).epochs == 3
    assert run.weights == weights


def test_a_full_disk_leaves_the_last_checkpoint_and_goes_on(attempts: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of file size stands for the disk: it lets small files pass, and the variables not."""
    whole, parted = attempts("whole", epochs=2), attempts("parted", epochs=2)
    whole()
    parted(at(4, "pause"))
    kept = parted.folder / "checkpoints" / "ckpt-1"
    monkeypatch.setattr(keeping, "WITHIN_EPOCH", 0)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, hard))
    try:
        with pytest.raises(NoRoomError, match="could not be written"):
            parted()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert checkpoints(parted) == [kept]
    parted()
    assert parted.story == whole.story
    assert parted.weights == whole.weights


@pytest.mark.parametrize("name", [".model.keras", ".evaluation.json", ".history.csv"])
@pytest.mark.parametrize(("problem", "kind"), [(errno.ENOSPC, NoRoomError), (errno.EROFS, UserError)])
def test_a_result_that_cannot_be_written(attempts: Make, monkeypatch: pytest.MonkeyPatch, name: str, problem: int,
                                         kind: type[UserError]) -> None:
    """A full disk waits for room, a read-only folder is a failure; both in one sentence, and nothing is damaged."""
    whole, run = attempts("whole", epochs=1), attempts("run", epochs=1)
    whole()
    replace = Path.replace

    def refused(path: Path, target: Path) -> Path:
        if path.name == name:
            raise OSError(problem, os.strerror(problem))
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refused)
        with pytest.raises(UserError, match=os.strerror(problem)) as error:
            run()
    assert type(error.value) is kind
    assert not list(run.folder.glob(".*"))
    run()
    assert run.story == whole.story
    assert run.weights == whole.weights


def test_a_stop_is_heard_in_a_long_first_batch(attempts: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, free = threading.Event(), threading.Event()

    def long(*_given: object) -> Callable[[Any], tuple[float, float]]:
        begun.set()
        free.wait(60)
        return lambda rows: (0.0, 0.0)

    monkeypatch.setattr(lessons, "training_step", long)
    monkeypatch.setattr(epochs, "unless_stopped", lambda work, asked: unless_stopped(work, asked, 0.1))
    asked: Callable[[], Wish] = lambda: "stop" if begun.is_set() else ""  # noqa: E731
    since = time.monotonic()
    with pytest.raises(LeftBehindError):
        attempts("run")(asked)
    assert time.monotonic() - since < 30
    free.set()


def test_a_first_batch_that_ends_soon_after_the_stop_counts() -> None:
    assert unless_stopped(lambda: 7, lambda: "stop") == 7
    with pytest.raises(ZeroDivisionError):
        unless_stopped(lambda: 1 // 0, lambda: "")

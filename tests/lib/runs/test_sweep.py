"""What leaves the disk, when, and what never does."""

from __future__ import annotations

import os
import random
import threading
import time
from pathlib import Path

import pytest

from lib.errors import UserError
from lib.runs import logs
from lib.runs.limits import folder_size
from lib.runs.overview import room
from lib.runs.records import Run, new_id
from lib.runs.states import ENDED, FOLLOWS
from lib.runs.store import Store
from lib.runs.sweep import ASIDE, DAY, MARK, sweep
from lib.training.recipe import Recipe

FOREVER = 100 * DAY


@pytest.fixture
def store(home: Path) -> Store:
    return Store()


def now(store: Store, run_id: str) -> Run:
    run = store.run(None, run_id)
    assert run is not None
    return run


def in_state(store: Store, state: str) -> Run:
    """A run that came to `state` after a checkpoint, with every file that one can have, also half-written ones."""
    run_id = store.submit(state, "name", "{}", Recipe(epochs=4).to_json(), 0)
    run = store.claim("1:x")
    assert run is not None
    assert run.id == run_id
    for name in ("model.keras", "history.csv", ".model.keras", "worker.log", "checkpoints/ckpt-2/variables.npz",
                 "checkpoints/ckpt-3.tmp/variables.npz"):
        path = run.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    if state != "starting":
        store.begin(run.id, 1)
        store.append_events(run.id, 1, [{"kind": "checkpoint", "step": 7}, {
            "kind": "epoch", "epoch": 4, "logs": {"val_accuracy": 0.5}}])
    if state in ("pausing", "stopping"):
        ask = store.request_pause if state == "pausing" else store.request_stop
        ask(None, run.id)
    elif state not in ("starting", "running"):
        store.finish(run.id, 1, state)  # type: ignore[arg-type]
    assert now(store, run.id).state == state
    return now(store, run.id)


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    at = time.time() + seconds
    monkeypatch.setattr("time.time", lambda: at)


@pytest.mark.parametrize("state", [state for state in FOLLOWS if state not in ENDED])
def test_nothing_of_a_run_that_may_go_on_is_ever_removed(
        store: Store, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = in_state(store, state)
    before = files(run.folder)
    for _ in range(3):
        later(monkeypatch, FOREVER)
        sweep(store.database, store.home)
    assert files(run.folder) == before
    assert now(store, run.id) == run


@pytest.mark.parametrize("state", ENDED)
def test_a_run_that_is_over_keeps_its_checkpoints_for_a_while_and_its_model_for_ever(
        store: Store, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = in_state(store, state)
    whole = {"model.keras", "history.csv", "worker.log"}
    sweep(store.database, store.home)
    assert set(files(run.folder)) == whole | {"checkpoints/ckpt-2/variables.npz"}
    later(monkeypatch, 13.9 * DAY)
    sweep(store.database, store.home)
    assert now(store, run.id).secured == 7
    later(monkeypatch, 0.2 * DAY)
    sweep(store.database, store.home)
    assert set(files(run.folder)) == whole
    assert now(store, run.id).secured == 0
    assert not (store.home / "runs" / ASIDE).exists()
    assert store.events(None, run.id, kinds=["epoch"]) != []
    store.continue_for(None, run.id, 2)
    assert now(store, run.id).state == "queued"


def test_the_days_are_a_setting(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = in_state(store, "finished")
    monkeypatch.setenv("BLOCKYARD_KEEP_CHECKPOINT_DAYS", "200")
    later(monkeypatch, FOREVER)
    sweep(store.database, store.home)
    assert (run.folder / "checkpoints").exists()


def test_a_run_that_goes_on_meanwhile_loses_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes first: a run in the queue has its checkpoints, or says that it has none."""
    ids = [in_state(store, "finished").id for _ in range(30)]
    monkeypatch.setenv("BLOCKYARD_OWNER_WAITING", "100")
    later(monkeypatch, FOREVER)
    start = threading.Barrier(2)

    def go_on() -> None:
        start.wait()
        for run_id in random.sample(ids, len(ids)):
            store.continue_for(None, run_id, 1)

    owner = threading.Thread(target=go_on)
    owner.start()
    start.wait()
    while owner.is_alive():
        sweep(store.database, store.home)
    owner.join()
    for run in [now(store, run_id) for run_id in ids]:
        kept = (run.folder / "checkpoints/ckpt-2/variables.npz").exists()
        assert (run.state, kept or run.secured == 0) == ("queued", True)


def test_a_run_that_goes_on_between_the_two_steps_keeps_everything(
        store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = in_state(store, "finished")
    before = files(run.folder)
    later(monkeypatch, FOREVER)
    monkeypatch.setattr("lib.runs.sweep._drafts", lambda _folder: [])
    monkeypatch.setattr("lib.runs.sweep._log.info", lambda *_text: store.continue_for(None, run.id, 1))
    sweep(store.database, store.home)
    assert files(run.folder) == before


def test_a_sweep_that_was_cut_short_is_taken_up(store: Store, home: Path) -> None:
    run = in_state(store, "finished")
    aside = home / "runs" / ASIDE
    aside.mkdir()
    (run.folder / "checkpoints").rename(aside / new_id())
    sweep(store.database, home)
    assert not aside.exists()


# Folders of no run


def orphan(home: Path, age: float, name: str = "0" * 32) -> Path:
    folder = home / "runs" / name
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "model.keras").write_text("a model")
    for path in (folder / "model.keras", folder / "checkpoints", folder):
        os.utime(path, (time.time() - age, time.time() - age))
    return folder


def test_a_folder_of_no_run_goes_after_a_day(store: Store, home: Path) -> None:
    run = in_state(store, "paused")
    old, young, foreign = orphan(home, 1.1 * DAY), orphan(home, 0.9 * DAY, "1" * 32), orphan(home, 9 * DAY, "notes")
    sweep(store.database, home)
    assert [path.exists() for path in (old, young, foreign, run.folder)] == [False, True, True, True]


def test_one_that_was_written_to_lately_stays(store: Store, home: Path) -> None:
    in_state(store, "paused")
    folder = orphan(home, 9 * DAY)
    (folder / "model.keras").write_text("again")
    os.utime(folder, (0, 0))
    sweep(store.database, home)
    assert folder.exists()


def test_a_link_leads_nowhere(store: Store, home: Path, tmp_path: Path) -> None:
    in_state(store, "paused")
    target = tmp_path / "elsewhere"
    target.mkdir()
    os.utime(target, (0, 0))
    (home / "runs" / ("2" * 32)).symlink_to(target)
    sweep(store.database, home)
    assert target.exists()


def test_runs_of_another_store_are_left_alone(store: Store, home: Path, tmp_path: Path) -> None:
    sweep(store.database, home)
    run = in_state(store, "finished")
    other = Store(f"sqlite:///{tmp_path}/other.db")
    in_state(other, "finished")
    for path in (run.folder, *run.folder.rglob("*")):
        os.utime(path, (0, 0))
    sweep(other.database, home)
    assert (run.folder / "model.keras").exists()


def test_runs_of_a_store_that_knows_none_of_them_are_left_alone(store: Store, home: Path) -> None:
    folder = orphan(home, 9 * DAY)
    for _ in range(2):
        sweep(store.database, home)
    assert folder.exists()
    assert not (home / "runs" / MARK).exists()


# Deleted runs, logs, and what is seen of it


def test_a_deleted_run_frees_its_disk_at_once(store: Store, home: Path) -> None:
    run = in_state(store, "finished")
    (run.folder / "model.keras").write_bytes(b"x" * 1_000_000)
    store.delete(None, run.id)
    assert folder_size(home / "runs") == 0


def test_one_that_cannot_be_removed_keeps_no_other_on_the_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    first, second = in_state(store, "finished"), in_state(store, "finished")
    works = shutil.rmtree

    def remove(path: Path, **given: object) -> None:
        if path == first.folder:
            raise PermissionError(13, "Permission denied")
        works(path, **given)  # type: ignore[call-overload]

    monkeypatch.setattr("shutil.rmtree", remove)
    with pytest.raises(UserError, match="Permission denied"):
        store.delete(None, first.id)
    with pytest.raises(UserError, match="Permission denied"):
        store.delete(None, second.id)
    assert not second.folder.exists()
    monkeypatch.setattr("shutil.rmtree", works)
    store.purge()
    assert not first.folder.exists()


def test_logs_begin_anew_and_old_ones_go(home: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LARGEST", 10)
    log, older = home / "logs/workers.log", home / "logs/workers.old.log"
    log.parent.mkdir()
    with log.open("a") as writer:
        writer.write("a long story\n")
        writer.flush()
        sweep(store.database, home)
        assert older.read_text() == "a long story\n"
        writer.write("more\n")
    sweep(store.database, home)
    assert (log.read_text(), older.exists()) == ("more\n", True)
    later(monkeypatch, 31 * DAY)
    sweep(store.database, home)
    assert (log.exists(), older.exists()) == (True, False)


def test_what_all_runs_take_is_known(store: Store) -> None:
    run = in_state(store, "finished")
    (run.folder / "model.keras").write_bytes(b"x" * 1_000_000)
    assert 1_000_000 < room(store).runs < 1_001_000

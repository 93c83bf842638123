"""The curves as viewers gather them: each new point once, and all of them in the end."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import UserError
from lib.runs import feed as feeds
from lib.runs.feed import Feed, Feeds, frame
from lib.runs.history import MOST_POINTS, History
from lib.runs.records import Run
from lib.runs.store import Store
from tests import fake_runs
from tests.fake_runs import OWNER, tell


@pytest.fixture
def store(home: Path) -> Store:
    return Store()


class Viewer:
    """What the program in a browser makes of the answers."""

    def __init__(self) -> None:
        self.cursor = ""
        self.batches: dict[str, list[Any]] = {}
        self.rows: list[dict[str, Any]] = []
        self.last: dict[str, Any] = {}

    def hear(self, answer: bytes | None) -> None:
        if answer is None:
            return
        self.last = json.loads(answer)
        self.cursor = self.last["cursor"]
        if self.last["whole"]:
            self.batches, self.rows = {}, []
        for name, values in self.last["batches"].items():
            self.batches.setdefault(name, []).extend(values)
        self.rows += self.last["rows"]


def read(store: Store, run_id: str) -> Feed:
    feed = Feed(run_id)
    assert feed.refresh(store)
    return feed


def whole(store: Store, run: Run) -> Viewer:
    viewer = Viewer()
    viewer.hear(read(store, run.id).answer())
    return viewer


def test_a_viewer_gets_each_point_once(store: Store) -> None:
    run = fake_runs.started(store, epochs=1, steps=10)
    feed, viewer = read(store, run.id), Viewer()
    viewer.hear(feed.answer())
    assert viewer.last["whole"]
    assert viewer.batches["step"] == list(range(1, 16))
    assert feed.answer(viewer.cursor) is None
    tell(store, run, {**fake_runs.batches(2, 10, 10), "steps": list(range(16, 26))},
         {"kind": "epoch", "epoch": 2, "logs": {**fake_runs.logs(2), "precision": 0.5}})
    feed.refresh(store)
    viewer.hear(feed.answer(viewer.cursor))
    assert not viewer.last["whole"]
    assert len(viewer.last["batches"]["step"]) == 10
    assert viewer.batches["step"] == list(range(1, 26))
    assert [row["epoch"] for row in viewer.rows] == [1, 2]
    assert viewer.rows[1]["precision"] == 0.5


def test_everything_comes_anew_where_rows_have_changed(store: Store) -> None:
    run = fake_runs.started(store, epochs=2, steps=10)
    feed, viewer = read(store, run.id), Viewer()
    viewer.hear(feed.answer())
    tell(store, run, {"kind": "resume", "step": 12, "epoch": 1, "notes": 0, "attempt": 2})
    feed.refresh(store)
    viewer.hear(feed.answer(viewer.cursor))
    assert viewer.last["whole"]
    assert viewer.batches["step"] == list(range(1, 13))
    assert len(viewer.rows) == 1


@given(bundles=st.lists(st.integers(1, 700), min_size=1, max_size=8), looks=st.lists(st.booleans(), min_size=8,
                                                                                  max_size=8))
def test_whenever_a_viewer_looks_its_curve_is_the_whole_one(tmp_path_factory: pytest.TempPathFactory,
                                                            bundles: list[int], looks: list[bool]) -> None:
    store = Store(home=tmp_path_factory.mktemp("home"))
    run = fake_runs.started(store, epochs=0, steps=2)
    feed, viewer, done = read(store, run.id), Viewer(), 1
    for count, look in zip(bundles, looks, strict=False):
        steps = list(range(done + 1, done + count + 1))
        done += count
        tell(store, run, {"kind": "batches", "epoch": 1, "steps": steps, "loss": [1.0 / step for step in steps],
                          "accuracy": [0.5] * count, "learning_rate": [0.1] * count})
        if look:
            feed.refresh(store)
            viewer.hear(feed.answer(viewer.cursor))
    feed.refresh(store)
    viewer.hear(feed.answer(viewer.cursor))
    late = whole(store, run)
    assert viewer.batches == late.batches
    stride = 2 ** max(0, math.ceil(math.log2(done / MOST_POINTS)))
    assert len(late.batches["step"]) * stride + (done % stride) in range(done - stride, done + stride + 1)
    assert late.last["tail"] is None or late.last["tail"][0] <= done


def test_another_name_or_state_is_told_without_a_point(store: Store) -> None:
    run = fake_runs.started(store)
    feed, viewer = read(store, run.id), Viewer()
    viewer.hear(feed.answer())
    store.rename(OWNER, run.id, "renamed")
    feed.refresh(store)
    viewer.hear(feed.answer(viewer.cursor))
    assert (viewer.last["name"], viewer.last["batches"]["step"]) == ("renamed", [])
    store.request_pause(OWNER, run.id)
    feed.refresh(store)
    viewer.hear(feed.answer(viewer.cursor))
    assert viewer.last["state"] == "pausing"


def test_a_cursor_that_means_nothing_gets_everything(store: Store) -> None:
    run = fake_runs.started(store)
    feed = read(store, run.id)
    everything = json.loads(feed.answer() or b"")
    for cursor in ("x", "0-9999-0-1", "5-0-0-1", "-1-0-0-0", "0-0-0-0-0", "٣-1-1-1", "9" * 500):
        assert json.loads(feed.answer(cursor) or b"") == everything


def test_numbers_that_json_does_not_know_are_null(store: Store) -> None:
    run = fake_runs.started(store, epochs=0)
    tell(store, run, {"kind": "epoch", "epoch": 1, "logs": {"loss": math.nan, "val_loss": math.inf}})
    [row] = whole(store, run).rows
    assert (row["loss"], row["val_loss"]) == (None, None)


def test_a_run_that_is_over_is_asked_for_no_more(store: Store) -> None:
    run = fake_runs.ended(store)
    last = whole(store, run).last
    assert (last["over"], last["again"], last["progress"], last["remaining"]) == (True, None, 1.0, None)
    assert last["test"] == pytest.approx(0.955, abs=0.02)
    waits = fake_runs.queued(store)
    told = json.loads(read(store, waits).answer() or b"")
    assert (told["again"], told["epochs"], told["rows"]) == (feeds.REST, 4, [])


def test_a_hundred_viewers_are_one_look_at_the_store(store: Store, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = fake_runs.started(store)
    now, looks = [0.0], []
    refresh = Feed.refresh
    monkeypatch.setattr(Feed, "refresh", lambda feed, store: looks.append(1) or refresh(feed, store))
    watched = Feeds(lambda: now[0])
    for _viewer in range(100):
        feed = watched.fresh(str(home), run.id) or watched.look(store, str(home), run.id)
        assert feed is not None
        assert feed.owner == OWNER
    assert len(looks) == 1
    now[0] += feeds.FRESH
    assert watched.fresh(str(home), run.id) is None
    watched.look(store, str(home), run.id)
    assert len(looks) == 2


def test_who_waits_for_the_first_point_gets_it_sooner(store: Store, home: Path) -> None:
    now = [0.0]
    watched = Feeds(lambda: now[0])
    fake_runs.queued(store)
    run = store.claim("worker")
    assert run is not None
    store.begin(run.id, run.attempt)
    for begun in (False, True):
        watched.look(store, str(home), run.id)
        now[0] += feeds.EAGER
        assert (watched.fresh(str(home), run.id) is not None) is begun
        tell(store, run, fake_runs.batches(1, 1, 1))


def test_a_link_leads_to_its_run_until_it_is_taken_back(store: Store, home: Path) -> None:
    run = fake_runs.started(store)
    watched = Feeds()
    link = store.share(OWNER, run.id)
    assert store.share(OWNER, run.id) == link == store.shared(OWNER, run.id)
    feed = watched.look_by_link(store, str(home), link)
    assert feed is not None
    assert (feed.link, feed.run_id) == (link, run.id)
    assert watched.fresh_by_link(str(home), link) is feed
    store.stop_sharing(OWNER, run.id)
    assert watched.look_by_link(store, str(home), link) is None
    feed.refresh(store)
    assert watched.fresh_by_link(str(home), link) is None
    assert store.share(OWNER, run.id) != link


def test_only_the_owner_shares(store: Store) -> None:
    run = fake_runs.started(store)
    link = store.share(OWNER, run.id)
    for act in (store.share, store.stop_sharing):
        with pytest.raises(UserError, match="does not exist"):
            act("1" * 32, run.id)
    assert store.shared("1" * 32, run.id) is None
    assert store.watched(link) == run.id
    store.delete(OWNER, run.id)
    assert store.watched(link) is None


def test_a_deleted_run_is_gone(store: Store, home: Path) -> None:
    run = fake_runs.ended(store)
    watched = Feeds()
    assert watched.look(store, str(home), run.id)
    store.share(OWNER, run.id)
    store.delete(OWNER, run.id)
    assert not Feed(run.id).refresh(store)
    assert Feeds().look(store, str(home), run.id) is None


def test_the_last_runs_that_were_watched_are_kept(store: Store, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MOST_FEEDS", 2)
    watched = Feeds()
    ids = [fake_runs.queued(store) for _run in range(3)]
    for run_id in ids:
        watched.look(store, str(home), run_id)
    assert [watched.fresh(str(home), run_id) is not None for run_id in ids] == [False, True, True]


@pytest.mark.parametrize(("epoch", "epochs", "over", "expected"), [
    (0, 5, False, 5), (3, 5, False, 5), (3, 5, True, 3), (0, 5, True, 1),
    (1, 1000, False, 20), (20, 1000, False, 20), (21, 1000, False, 50), (501, 1000, False, 1000), (9, 1000, True, 9),
    (1, 30, False, 20), (25, 30, False, 30),
])
def test_the_axis_ends_where_there_is_something_to_see(epoch: int, epochs: int, over: bool, expected: int) -> None:
    assert frame(History(epoch=epoch), epochs, over) == expected

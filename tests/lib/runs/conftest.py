import json
from types import SimpleNamespace

import pytest

from lib.runs import presence, supervisor
from lib.runs.store import Store
from tests.lib.runs.waiting import JOB


@pytest.fixture
def home(home, monkeypatch):
    """The home of every test, with room for one training at a time."""
    monkeypatch.setenv("BLOCKYARD_WORKERS", "1")
    return home


@pytest.fixture
def store(home):
    return Store()


@pytest.fixture
def at_work(home, store):
    """A supervisor with the fake job, and what tests ask of it."""

    def start():
        supervisor.ensure_running(job=JOB, linger=0.0)

    def submit(how, owner="ann"):
        return store.submit(owner, how, "{}", json.dumps({"how": how}), 0)

    def state(run_id):
        return store.run(None, run_id).state

    start()
    yield SimpleNamespace(start=start, submit=submit, state=state, store=store, home=home)
    assert supervisor.stop()
    presence.leave(home)

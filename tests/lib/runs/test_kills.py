"""Real trainings whose workers and supervisor are killed come to the very end of one that was not; in short."""

import pytest

from benchmarks.kills import Kills, campaign
from lib.runs import presence, supervisor


@pytest.mark.slow
def test_what_is_killed_comes_to_the_same_end(home):
    try:
        assert campaign(Kills(worker=2, supervisor=1, web=0), images=600) == []
    finally:
        supervisor.stop()
        presence.leave(home)

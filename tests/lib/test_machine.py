"""How much of the machine a process may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib import machine


@pytest.fixture(autouse=True)
def _fresh() -> None:
    for function in (machine.workers, machine.cores, machine.memory):
        function.cache_clear()


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")


def test_limits_of_a_group_and_of_those_above_count(tmp_path: Path) -> None:
    own, groups = tmp_path / "cgroup", tmp_path / "groups"
    put(own, "0::/user/me")
    put(groups / "memory.max", "max")
    put(groups / "user/memory.max", "4000")
    put(groups / "user/me/memory.max", "9000")
    put(groups / "user/cpu.max", "150000 100000")
    put(groups / "user/me/cpu.max", "max 100000")
    put(groups / "elsewhere/memory.max", "1")
    assert sorted(machine._limits(groups, own)) == [4000, 9000]
    assert list(machine._shares(groups, own)) == [1.5]


def test_limits_of_the_first_version_count(tmp_path: Path) -> None:
    own, groups = tmp_path / "cgroup", tmp_path / "groups"
    put(own, "4:memory:/box\n1:cpu:/box\n0::/")
    put(groups / "memory/memory.limit_in_bytes", str(2**63 - 4096))
    put(groups / "memory/box/memory.limit_in_bytes", "5000")
    put(groups / "cpu/box/cpu.cfs_quota_us", "-1")
    put(groups / "cpu/cpu.cfs_quota_us", "400000")
    put(groups / "cpu/cpu.cfs_period_us", "100000")
    assert min(machine._limits(groups, own)) == 5000
    assert list(machine._shares(groups, own)) == [4.0]


def test_where_there_are_no_groups_the_machine_counts(tmp_path: Path) -> None:
    assert list(machine._limits(tmp_path, tmp_path / "none")) == []
    assert machine.cores() >= 1
    assert machine.memory() > 2**28


@pytest.mark.parametrize(("cores", "memory", "workers"), [
    (1, 100e9, 1), (2, 100e9, 1), (3, 100e9, 1), (8, 100e9, 4), (8, 4e9, 2), (8, 0.5e9, 1), (400, 1e12, 64)])
def test_a_place_takes_two_cores_and_its_memory(
        monkeypatch: pytest.MonkeyPatch, cores: int, memory: float, workers: int) -> None:
    monkeypatch.setattr(machine, "cores", lambda: cores)
    monkeypatch.setattr(machine, "memory", lambda: int(memory))
    machine.workers.cache_clear()
    assert machine.workers() == workers
    machine.workers.cache_clear()


@pytest.mark.parametrize(("cores", "workers", "threads"), [(8, 4, 2), (8, 3, 2), (8, 1, 8), (2, 4, 1)])
def test_trainings_share_the_cores(monkeypatch: pytest.MonkeyPatch, cores: int, workers: int, threads: int) -> None:
    monkeypatch.setattr(machine, "cores", lambda: cores)
    assert machine.threads(workers) == threads

"""Data sets that people bring: kept whole, seen by their owner alone, within limits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lib import data
from lib.data import own, sources
from lib.data.npz import Arrays
from lib.errors import UserError

ME, OTHER = "1" * 32, "2" * 32
LABELS = ("cat", "고양이")


def arrays(seed: int = 0) -> Arrays:
    generator = np.random.default_rng(seed)
    return Arrays(generator.integers(0, 256, (20, 6, 8, 3), np.uint8), np.arange(20) % 2,
                  generator.integers(0, 256, (4, 6, 8, 3), np.uint8), np.arange(4) % 2)


def test_a_set_comes_back_as_it_was_given() -> None:
    given = arrays()
    info = own.add(ME, "Pets ", given, LABELS)
    assert (info.title, info.labels, info.input_shape) == ("Pets", LABELS, (6, 8, 3))
    assert own.infos(ME) == [info] == [data.info(info.name)]
    assert data.available(info.name) == "own"
    loaded = data.load(info.name)
    assert loaded.labels == LABELS
    for before, after in zip(given, (loaded.x_train, loaded.y_train, loaded.x_test, loaded.y_test), strict=True):
        assert (before == after).all()


def test_nobody_else_sees_renames_or_deletes_it() -> None:
    info = own.add(ME, "Pets", arrays(), LABELS)
    assert own.infos(OTHER) == []
    for deed in (lambda: own.rename(OTHER, info.name, "Mine"), lambda: own.delete(OTHER, info.name)):
        with pytest.raises(UserError, match="does not exist"):
            deed()
    assert own.infos(ME) == [info]


def test_it_can_be_renamed_and_deleted() -> None:
    info = own.add(ME, "Pets", arrays(), LABELS)
    own.rename(ME, info.name, "내 동물")
    assert data.title(info.name) == "내 동물"
    own.delete(ME, info.name)
    assert own.infos(ME) == []
    assert data.title(info.name) == "a data set that is gone"
    with pytest.raises(UserError, match="does not exist"):
        data.load(info.name)


def test_words_of_its_owner_are_never_translated(korean: None) -> None:
    info = own.add(ME, "Data", arrays(), ("cat", "dog"))
    assert info.shown_title == "Data"
    assert info.shown_labels == ("cat", "dog")
    assert data.DATASETS["cifar10"].shown_labels[3] == "고양이"


def test_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_OWNER_DATASETS", "2")
    for _number in range(2):
        own.add(ME, "Pets", arrays(), LABELS)
    with pytest.raises(UserError, match="at most 2 data sets"):
        own.add(ME, "Pets", arrays(), LABELS)
    own.add(OTHER, "Pets", arrays(), LABELS)


def test_so_large_and_no_larger(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("BLOCKYARD_OWNER_DATASETS_DISK", "1")
    own.add(ME, "Pets", arrays(), LABELS)
    large = arrays()._replace(x_train=np.zeros((20, 160, 160, 3), np.uint8))
    with pytest.raises(UserError, match=r"at most 1 MB .* would take 1 MB"):
        own.add(ME, "Large", large, LABELS)
    assert len(own.infos(ME)) == 1
    assert not list(home.rglob(".draft-*"))


def test_a_full_disk_is_one_sentence_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    def full(*_arguments: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(UserError, match="No space left"):
        own.add(ME, "Pets", arrays(), LABELS)
    assert own.infos(ME) == []
    assert not list(home.rglob(".draft-*"))


def test_what_is_half_there_is_not_there(home: Path) -> None:
    info = own.add(ME, "Pets", arrays(), LABELS)
    about = next(home.rglob("about.json"))
    about.write_text('{"title": 3}')
    assert own.infos(ME) == []
    with pytest.raises(UserError, match="does not exist"):
        data.info(info.name)


@pytest.mark.parametrize("name", ["own-", "own-../../x", "own-" + "0" * 31 + "*", "own-" + "0" * 32])
def test_names_that_nobody_has_been_given(name: str) -> None:
    own.add(ME, "Pets", arrays(), LABELS)
    with pytest.raises(UserError):
        data.info(name)
    assert own.file(name) is None


@pytest.mark.parametrize("title", ["", "  ", "\n\t"])
def test_a_set_has_a_name(title: str) -> None:
    with pytest.raises(UserError, match="expected a name"):
        own.add(ME, title, arrays(), LABELS)


def test_only_the_last_few_stay_in_memory() -> None:
    for number in range(6):
        data.load(own.add(ME, f"Pets {number}", arrays(number), LABELS).name)
    assert len(sources._loaded) <= 4

"""What a browser's owner has chosen stays chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.owner import new_owner
from lib.preferences import remember_language, remembered_language


def test_a_choice_is_remembered_for_its_owner_alone(home: Path) -> None:
    owner = new_owner()
    assert remembered_language(home, owner) is None
    remember_language(home, owner, "ko")
    remember_language(home, owner, "en")
    remember_language(home, owner, "ko")
    assert remembered_language(home, owner) == "ko"
    assert remembered_language(home, new_owner()) is None
    assert len(list((home / "preferences").iterdir())) == 1


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"language": "xx"}', '{"language": ["ko"]}', '{"other": 1}'])
def test_a_damaged_file_is_no_choice(content: str, home: Path) -> None:
    owner = new_owner()
    remember_language(home, owner, "ko")
    (home / "preferences" / f"{owner}.json").write_text(content)
    assert remembered_language(home, owner) is None

"""What the environment sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.errors import UserError
from lib.settings import SETTINGS, Settings, settings


def test_the_table_and_the_fields_are_the_same() -> None:
    assert {setting.field for setting in SETTINGS} == set(Settings.model_fields)


@pytest.mark.parametrize("setting", [s for s in SETTINGS if s.field in {"home", "data", "port", "offline"}])
def test_the_documented_default_is_the_default(setting: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(setting, tuple)
    variable, field, default, _description = setting
    monkeypatch.delenv(variable, raising=False)
    assert str(getattr(settings(), field)) in {default, {"0": "False"}.get(default)}


def test_reads_the_environment_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_PORT", "9000")
    assert settings().port == 9000
    monkeypatch.setenv("BLOCKYARD_PORT", "9001")
    assert settings().port == 9001


def test_an_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_PORT", "")
    assert settings().port == 8501


@pytest.mark.parametrize(("variable", "value"), [
    ("BLOCKYARD_PORT", "eighty"), ("BLOCKYARD_PORT", "0"), ("BLOCKYARD_PORT", "65536"), ("BLOCKYARD_WORKERS", "0"),
    ("BLOCKYARD_WORKERS", "-1"), ("BLOCKYARD_OFFLINE", "perhaps"),
])
def test_a_wrong_value_is_named(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UserError, match=f"^{variable}: expected .* Received: {value}") as caught:
        settings()
    assert "\n" not in str(caught.value)


def test_two_homes_have_two_databases(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    urls = set()
    for name in ("a", "b"):
        monkeypatch.setenv("BLOCKYARD_HOME", str(tmp_path / name))
        urls.add(settings().database_url)
    assert len(urls) == 2
    assert all(str(tmp_path) in url for url in urls)


def test_a_database_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_DATABASE", "postgresql:///yard")
    assert settings().database_url == "postgresql:///yard"

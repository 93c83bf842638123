"""What every test stands on: its own home and data folders, no network, English."""

from __future__ import annotations

import os
import sys

# Before anything imports TensorFlow.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from lib.i18n import use_language
from lib.settings import SETTINGS

# A busy machine is no reason to fail, and a change is judged by the same examples wherever it is tested. Search for new
# ones with HYPOTHESIS_PROFILE=explore; what it finds becomes a test of its own.
hypothesis_settings.register_profile("same", deadline=None, derandomize=True)
hypothesis_settings.register_profile("explore", deadline=None, print_blob=True)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty BLOCKYARD_HOME of this test alone; the data folder and Keras's cache are empty too."""
    folder = tmp_path / "home"
    monkeypatch.setenv("BLOCKYARD_HOME", str(folder))
    monkeypatch.setenv("BLOCKYARD_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("BLOCKYARD_OFFLINE", "1")
    for setting in SETTINGS:
        if setting.field not in ("home", "data", "offline"):
            monkeypatch.delenv(setting.variable, raising=False)
    return folder


@pytest.fixture(autouse=True)
def nothing_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    """No run of a page clears Keras's session: with the models of other tests in the memory that takes seconds.

    A real page never meets Keras.
    """
    runner = sys.modules.get("streamlit.runtime.scriptrunner.script_runner")
    if runner is not None:
        monkeypatch.setattr(runner, "_clean_problem_modules", lambda: None)


@pytest.fixture(autouse=True)
def english() -> None:
    """Every test begins in English, whatever the one before it chose."""
    use_language("en")


@pytest.fixture
def korean(english: None) -> None:
    """This test reads Korean."""
    use_language("ko")

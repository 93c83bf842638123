"""A failing page shows one sentence."""

from __future__ import annotations

import logging
import re

import pytest
from streamlit.testing.v1 import AppTest

from components.text import plain


def fail(known: bool) -> None:
    from components.mishap import show_mishap
    from lib.errors import UserError

    show_mishap(UserError("conv", "expected {n} inputs", 3, n=1) if known else RuntimeError("secret detail"))


def own(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name == "blockyard"]


def test_a_users_mistake_is_said_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    app = AppTest.from_function(fail, default_timeout=30, args=(True,)).run()
    assert [error.value for error in app.error] == [plain("conv: expected 1 inputs. Received: 3.")]
    assert not own(caplog)


def test_our_own_mistake_gets_a_number_that_the_log_has_too(caplog: pytest.LogCaptureFixture) -> None:
    app = AppTest.from_function(fail, default_timeout=30, args=(False,)).run()
    (sentence,) = (error.value for error in app.error)
    assert "secret" not in sentence
    number = re.search(r"number ([0-9a-f]{8})\.", sentence)
    assert number is not None
    (record,) = own(caplog)
    assert (record.levelno, number.group(1) in record.getMessage()) == (logging.ERROR, True)
    assert record.exc_info is not None
    assert "secret detail" in str(record.exc_info[1])

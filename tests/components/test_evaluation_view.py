"""What the final evaluation says in words."""

from __future__ import annotations

import numpy as np
from streamlit.testing.v1 import AppTest

from components.evaluation_view import Mistake, mistakes
from tests import fake_runs


def test_mistakes_are_sorted_by_how_often_they_were_made() -> None:
    confusion = np.array([[5, 1, 0], [3, 4, 0], [0, 3, 9]])
    assert mistakes(confusion) == [Mistake(3, 1, 0), Mistake(3, 2, 1), Mistake(1, 0, 1)]


def test_a_perfect_model_makes_none() -> None:
    assert mistakes(np.eye(3, dtype=np.int64)) == []


def drawn(evaluation: dict[str, object]) -> AppTest:
    def script(evaluation: dict[str, object]) -> None:
        from components.evaluation_view import draw_evaluation

        draw_evaluation(evaluation, "test")

    page = AppTest.from_function(script, args=(evaluation,), default_timeout=30)
    page.session_state["test.tables"] = True
    page.run()
    assert not page.exception
    return page


def test_the_figures_have_tables() -> None:
    page = drawn(fake_runs.evaluation("shapes"))
    per_class, confusion = (table.value for table in page.dataframe)
    assert list(per_class["Class"])[:2] == ["circle", "ring"]
    assert list(per_class["Images"]) == [100] * 10
    assert confusion.loc["star", "checkerboard"] == 5


def test_a_class_without_test_images_is_no_failure() -> None:
    evaluation = fake_runs.evaluation()
    evaluation["confusion"][3] = [0] * 10
    evaluation["per_class"][3] = None
    assert len(drawn(evaluation).get("plotly_chart")) == 2

"""docs/formulas.md says what is so."""

from __future__ import annotations

import re
from pathlib import Path

from lib.formula import check, parse, per_example, weight
from lib.formula.functions import ALIASES, FUNCTIONS, PREFIXES
from lib.formula.language import DEEPEST, MOST_CHARACTERS, MOST_LINES, MOST_NODES
from lib.formula.tensor import MOST_AXES, MOST_ELEMENTS
from lib.training.schedules import NAMES, checked_rate

DOCUMENT = (Path(__file__).parents[3] / "docs" / "formulas.md").read_text(encoding="utf-8")


def cells(heading: str) -> list[list[str]]:
    """For each row of the table with this heading, the names in its columns."""
    lines = DOCUMENT.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            return rows
        rows.append(line.strip("|").split("|"))
    return rows


def named(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def test_every_function_stands_once_in_the_list() -> None:
    listed = [name for _group, names in cells("Group") for name in named(names)]
    assert sorted(listed) == sorted(FUNCTIONS)


def test_every_other_name_stands_beside_what_it_means() -> None:
    listed = [pair for names, meanings in cells("Also known as")
              for pair in zip(named(names), named(meanings), strict=True)]  # fmt: skip
    assert sorted(listed) == sorted(ALIASES.items())


def test_every_prefix_is_named() -> None:
    (sentence,) = re.findall(r"Any of these prefixes.*?\.\n\n", DOCUMENT, re.DOTALL)
    assert set(re.findall(r"`([\w.]+)`", sentence)) == set(PREFIXES) - {""}


def test_those_without_a_gradient_have_none() -> None:
    (steps,) = [named(names) for group, names in cells("Group") if "without a gradient" in group]
    numbers = {name for name, function in FUNCTIONS.items() if not function.through and function.result == "float"}
    assert set(steps) == numbers


def test_every_example_is_accepted() -> None:
    layer = {"x": per_example((8,)), "kernel": weight((8, 4)), "bias": weight((4,))}
    loss = {"y_true": per_example((10,)), "y_pred": per_example((10,))}
    examples = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    assert len(examples) >= 3
    for example in examples:
        formula = parse(example)
        if "progress" in formula.names:
            assert checked_rate(example, NAMES)
            continue
        free = "y_pred" in formula.names
        assert check(formula, loss if free else layer, batch="free" if free else "kept")


def test_the_limits_are_those_of_the_language() -> None:
    (limits,) = re.findall(r"## Limits\n(.*?)\n\n", DOCUMENT, re.DOTALL)
    for limit in (MOST_CHARACTERS, MOST_LINES, DEEPEST, MOST_NODES, MOST_AXES, MOST_ELEMENTS):
        assert re.search(rf"\b{limit:,} ", limits)

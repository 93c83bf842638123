"""The picture in pixels: frames hold exactly their parts, nothing lies on anything else, lines lead down."""

from __future__ import annotations

import re
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from components.graph_place import Measures, Spot, placed
from components.graph_tree import Level
from lib.arch.parts import entrance
from tests.components.test_graph_layout import Sources, graphs

MEASURES = Measures()


@st.composite
def levels(draw: st.DrawFn, depth: int = 0) -> Level:
    """A level with open items on it, and so on; below the first one something comes in from above."""
    sources: Sources = draw(graphs(6))
    inside: list[tuple[str, Level]] = []
    if depth:
        roots = [node for node, read in sources.items() if not read]
        sources |= {node: (entrance(0),) for node in roots}
        read = {name for before in sources.values() for name in before}
        sources = {entrance(0): (), **sources, "end": tuple(name for name in sources if name not in read)}
    if depth < 2:
        nodes = st.sampled_from([node for node in sources if node.startswith("n")])
        inside += [(node, draw(levels(depth=depth + 1))) for node in draw(st.lists(nodes, max_size=2, unique=True))]
    return Level(tuple(sources.items()), tuple(inside))


def holds(outer: Spot, inner: Spot) -> bool:
    return (
        outer.x <= inner.x
        and outer.y + MEASURES.height <= inner.y
        and inner.x + inner.width <= outer.x + outer.width
        and inner.y + inner.height <= outer.y + outer.height
    )


def apart(one: Spot, two: Spot) -> bool:
    return (
        one.x + one.width <= two.x + 0.01
        or two.x + two.width <= one.x + 0.01
        or one.y + one.height <= two.y
        or two.y + two.height <= one.y
    )


@settings(max_examples=50)
@given(levels())
def test_frames_hold_exactly_their_parts_and_nothing_else_overlaps(level: Level) -> None:
    picture = placed(level, MEASURES)
    assert len({spot.path for spot in picture.spots}) == len(picture.spots)
    for one, two in combinations(picture.spots, 2):
        if two.path[: len(one.path)] == one.path:
            assert one.is_open
            assert holds(one, two)
        else:
            assert apart(one, two)
    for spot in picture.spots:
        assert spot.x >= 0
        assert spot.x + spot.width <= picture.width + 0.01
        assert spot.y + spot.height <= picture.height


@settings(max_examples=50)
@given(levels())
def test_what_reads_stands_below_what_it_reads(level: Level) -> None:
    spots = {spot.path: spot for spot in placed(level, MEASURES).spots}

    def check(level: Level, place: tuple[str, ...]) -> None:
        for name, read in level.sources:
            for source in read:
                if (*place, source) in spots:
                    above = spots[*place, source]
                    assert spots[*place, name].y >= above.y + above.height + MEASURES.gap
        for name, inner in level.inside:
            check(inner, (*place, name))

    check(level, ())


@settings(max_examples=50)
@given(levels())
def test_every_line_leads_down(level: Level) -> None:
    for line in placed(level, MEASURES).lines.split("M")[1:]:
        ends = [float(y) for y in re.findall(r"V(\S+?)(?=[VC]|$)|C.* (\S+?)(?=[VC]|$)", line) for y in y if y]
        assert ends == sorted(ends)
        assert ends[-1] >= float(re.split(r"[VC ]", line)[1])


def test_equal_wiring_is_placed_once() -> None:
    sources = (("a", ()), ("b", ("a",)))
    assert placed(Level(sources), MEASURES) is placed(Level(tuple(sources)), MEASURES)

"""The layout of the picture: layers, straight chains, room for everything."""

from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from components.graph_layout import layered


def test_a_chain_is_one_straight_column() -> None:
    layout = layered({"input": (), "a": ("input",), "b": ("a",), "c": ("b",)})
    assert [layout.places[node] for node in ("input", "a", "b", "c")] == [(0.5, level) for level in range(4)]
    assert (layout.width, layout.layers) == (1.0, 4)


def test_residual_steps_stay_in_one_column_and_their_skips_pass_beside() -> None:
    sources: dict[str, tuple[str, ...]] = {"sum_0": ()}
    for step in range(10):
        sources |= {f"a_{step}": (f"sum_{step}",), f"b_{step}": (f"a_{step}",),
                    f"sum_{step + 1}": (f"b_{step}", f"sum_{step}")}
    layout = layered(sources)
    columns = [x for x, _layer in layout.places.values()]
    assert max(columns) - min(columns) < 0.05
    skip = layout.edges["sum_0", "sum_1"]
    assert all(abs(x - columns[0]) > 0.5 for x, _layer in skip[1:-1])


def test_branches_stand_side_by_side() -> None:
    layout = layered({"in": (), "a": ("in",), "b": ("in",), "c": ("in",), "join": ("a", "b", "c")})
    places = sorted(layout.places[node][0] for node in "abc")
    assert all(right - left >= 0.999 for left, right in pairwise(places))
    assert abs(layout.places["join"][0] - places[1]) < 0.01


def test_nothing_at_all_is_a_layout_too() -> None:
    assert layered({}).places == {}


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    sources: dict[str, tuple[str, ...]] = {}
    for index in range(draw(st.integers(1, 25))):
        read = draw(st.lists(st.sampled_from(sorted(sources)), max_size=3, unique=True)) if sources else []
        sources[f"n{index}"] = tuple(read)
    return sources


@given(graphs())
def test_any_graph_has_room_for_every_node_and_edges_that_lead_down(sources: dict[str, tuple[str, ...]]) -> None:
    layout = layered(sources)
    assert set(layout.places) == set(sources)
    layers: dict[int, list[float]] = {}
    for x, layer in layout.places.values():
        assert 0.499 <= x <= layout.width - 0.499
        layers.setdefault(layer, []).append(x)
    for row in layers.values():
        assert all(right - left >= 0.999 for left, right in pairwise(sorted(row)))
    for (source, node), points in layout.edges.items():
        assert (points[0], points[-1]) == (layout.places[source], layout.places[node])
        assert [layer for _x, layer in points] == list(range(points[0][1], points[-1][1] + 1))


def test_sixty_nodes_take_no_time() -> None:
    sources = {"n0": ()} | {f"n{index}": (f"n{index - 1}", f"n{index // 2}") for index in range(1, 60)}
    begin = time.process_time()
    layered(sources)
    assert time.process_time() - begin < 0.5

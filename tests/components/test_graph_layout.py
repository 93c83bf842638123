"""The layout of the picture: layers, straight chains, room for everything."""

from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from components.graph_layout import clear_caches, layered

Sources = dict[str, tuple[str, ...]]


def test_a_chain_is_one_straight_column() -> None:
    layout = layered({"input": (), "a": ("input",), "b": ("a",), "c": ("b",)})
    assert [layout.places[node] for node in ("input", "a", "b", "c")] == [(0.5, level) for level in range(4)]
    assert (layout.width, layout.layers) == (1.0, 4)


def residual_steps(count: int, inner: int = 2) -> Sources:
    sources: Sources = {"sum_0": ()}
    for step in range(count):
        before = f"sum_{step}"
        for number in range(inner):
            sources[f"in_{step}_{number}"] = (before,)
            before = f"in_{step}_{number}"
        sources[f"sum_{step + 1}"] = (before, f"sum_{step}")
    return sources


def test_residual_steps_stay_in_one_column_and_their_skips_pass_beside() -> None:
    layout = layered(residual_steps(10))
    columns = [x for x, _layer in layout.places.values()]
    assert max(columns) - min(columns) < 0.05
    skip = layout.edges["sum_0", "sum_1"]
    assert all(abs(x - columns[0]) > 0.5 for x, _layer in skip[1:-1])


def test_branches_stand_side_by_side() -> None:
    layout = layered({"in": (), "a": ("in",), "b": ("in",), "c": ("in",), "join": ("a", "b", "c")})
    places = sorted(layout.places[node][0] for node in "abc")
    assert all(right - left >= 0.999 for left, right in pairwise(places))
    assert abs(layout.places["join"][0] - places[1]) < 0.01


def test_everything_that_one_node_gives_further_down_takes_one_lane() -> None:
    sources: Sources = {"a": (), **{f"n{i}": (f"n{i - 1}" if i else "a", "a") for i in range(9)}}
    layout = layered(sources)
    assert set(layout.lanes) == {"a"}
    lane = [x for x, _layer in layout.lanes["a"]]
    assert max(lane) - min(lane) < 0.01
    assert layout.width < 1.5


def test_many_lanes_move_closer_together() -> None:
    layout = layered({f"n{i}": tuple(f"n{before}" for before in range(i)) for i in range(40)})
    assert layout.width < 3


def test_nothing_at_all_is_a_layout_too() -> None:
    assert layered({}).places == {}


@st.composite
def graphs(draw: st.DrawFn, most: int = 25) -> Sources:
    sources: Sources = {}
    for index in range(draw(st.integers(1, most))):
        read = draw(st.lists(st.sampled_from(sorted(sources)), max_size=3, unique=True)) if sources else []
        sources[f"n{index}"] = tuple(read)
    return sources


@given(graphs(), st.data())
def test_any_graph_has_room_for_every_node_and_edges_that_lead_down(sources: Sources, data: st.DataObject) -> None:
    wide = data.draw(st.dictionaries(st.sampled_from(sorted(sources)), st.floats(0.1, 4), max_size=4))
    layout = layered(sources, wide)
    assert set(layout.places) == set(sources)
    layers: dict[int, list[tuple[float, float]]] = {}
    for node, (x, layer) in layout.places.items():
        half = wide.get(node, 1.0) / 2
        assert x - half >= -0.001
        assert x + half <= layout.width + 0.001
        layers.setdefault(layer, []).append((x, half))
    for row in layers.values():
        assert all(two - one >= left + right - 0.001 for (one, left), (two, right) in pairwise(sorted(row)))
    assert set(layout.edges) == {(source, node) for node, read in sources.items() for source in read}
    for (source, node), points in layout.edges.items():
        assert (points[0], points[-1]) == (layout.places[source], layout.places[node])
        assert [layer for _x, layer in points] == list(range(points[0][1], points[-1][1] + 1))


def test_two_hundred_nodes_are_laid_out_in_no_time() -> None:
    """Far above what it takes (see benchmarks/picture.py), and far below what anybody would notice."""
    sources = {"n0": ()} | {f"n{index}": (f"n{index - 1}", f"n{index // 2}") for index in range(1, 200)}
    for wiring in (sources, residual_steps(50, 9)):
        clear_caches()
        begin = time.process_time()
        layered(wiring)
        assert time.process_time() - begin < 0.5


def test_a_change_in_one_place_moves_nothing_elsewhere() -> None:
    before = residual_steps(6)
    after = {node: read for node, read in before.items() if node != "sum_6"}
    after |= {"late": ("in_5_0",), "sum_6": ("in_5_1", "sum_5", "late")}
    old, new = layered(before), layered(after)
    shift = new.places["sum_0"][0] - old.places["sum_0"][0]
    for node in (node for node in before if not node.startswith("in_5") and node != "sum_6"):
        assert abs(new.places[node][0] - old.places[node][0] - shift) < 1e-9

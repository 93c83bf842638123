"""The walk: known counts, costs by hand, and mistakes that stay where they are."""

from __future__ import annotations

import pytest

from lib.arch import CATALOGUE, Architecture, Block, Node, analyse, presets
from lib.errors import UserError


def block(name: str, **fields: object) -> Block:
    return CATALOGUE[name].model_validate(fields)


def chain(shape: tuple[int, ...], *blocks: Block) -> Architecture:
    nodes, source = [], "in"
    for number, item in enumerate(blocks, 1):
        nodes.append(Node(f"n{number}", item, (source,)))
        source = f"n{number}"
    return Architecture({"in": shape}, tuple(nodes), {"out": source})


@pytest.mark.parametrize(("name", "parameters"), [("lenet5", 61_706), ("mnist-convnet", 34_826)])
def test_published_counts(name: str, parameters: int) -> None:
    assert presets.get(name).published == analyse(presets.load(name)).total.parameters == parameters


@pytest.mark.parametrize("name", presets.names())
@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3)])
def test_presets_fit_both_kinds_of_images(name: str, shape: tuple[int, ...]) -> None:
    analysis = analyse(presets.load(name, shape))
    assert analysis.complete
    if not presets.get(name).recipe:
        assert list(analysis.outputs.values()) == [(10,)]


def test_macs_by_hand() -> None:
    analysis = analyse(
        chain(
            (8, 8, 3),
            block("Conv2D", filters=4, kernel_size=3, padding="same"),
            block("SeparableConv2D", filters=5, kernel_size=3, strides=2, padding="same"),
            block("BatchNormalization"),
            block("MaxPooling2D"),
            block("Dense", units=7),
        )
    )
    assert [report.macs for report in analysis.nodes.values()] == [
        8 * 8 * 3 * 3 * 3 * 4,
        4 * 4 * (3 * 3 * 4 + 4 * 5),
        0,
        0,
        2 * 2 * 5 * 7,
    ]


def test_batch_normalization_has_two_of_each_kind() -> None:
    total = analyse(chain((8, 8, 6), block("BatchNormalization"))).total
    assert (total.trainable, total.non_trainable) == (12, 12)


def test_a_mistake_stays_where_it_is() -> None:
    analysis = analyse(
        chain((4, 4, 1), block("Conv2D", filters=2, kernel_size=5), block("Flatten"), block("Dense", units=3))
    )
    assert [str(problem) for problem in analysis.problems] == [
        "n1: expected an image of at least 5 × 5 for a window of that size. Received: 4 × 4."
    ]
    assert analysis.nodes["n2"].problem is None
    assert analysis.nodes["n3"].output_shape is None
    assert analysis.outputs == {"out": None}
    assert analysis.peak_activations is None


def test_what_can_be_counted_beside_a_mistake_is_counted() -> None:
    nodes = (
        Node("good", block("Dense", units=3), ("in",)),
        Node("bad", block("MaxPooling2D"), ("in",)),
    )
    analysis = analyse(Architecture({"in": (4,)}, nodes, {"a": "good", "b": "bad"}))
    assert analysis.total.parameters == 15
    assert len(analysis.problems) == 1


def test_a_missing_output_and_a_missing_input_are_said() -> None:
    architecture = Architecture({"in": (4,)}, (Node("sum", block("Add"), ("in",)),))
    assert [str(problem) for problem in analyse(architecture).problems] == [
        "sum: expected at least 2 inputs. Received: 1.",
        "outputs: expected at least one output: mark the block that gives the answer.",
    ]


def test_a_block_that_leads_nowhere_is_a_mistake_and_costs_nothing() -> None:
    nodes = (
        Node("used", block("Dense", units=3), ("in",)),
        Node("aside", block("Dense", units=5), ("in",)),
        Node("further", block("Dense", units=5), ("aside",)),
    )
    analysis = analyse(Architecture({"in": (4,)}, nodes, {"out": "used"}))
    assert [str(problem) for problem in analysis.problems] == [
        "aside: expected a block that reads it, or to be an output.",
        "further: expected a block that reads it, or to be an output.",
    ]
    assert analysis.total.parameters == 15
    assert analysis.nodes["further"].output_shape == (5,)


def test_shapes_that_do_not_add_up() -> None:
    nodes = (
        Node("a", block("Dense", units=3), ("in",)),
        Node("b", block("Dense", units=4), ("in",)),
        Node("sum", block("Add"), ("a", "b")),
    )
    (problem,) = analyse(Architecture({"in": (4,)}, nodes, {"out": "sum"})).problems
    assert str(problem) == "sum: expected inputs of one shape. Received: 3; 4."


def test_a_shared_layer_that_does_not_fit() -> None:
    nodes = (Node("a", block("Dense", units=3), ("x",)), Node("b", None, ("y",), "a"))
    (problem,) = analyse(Architecture({"x": (4,), "y": (5,)}, nodes, {"one": "a", "two": "b"})).problems
    assert str(problem) == "b: expected an input that fits the weights of a, which it shares."


def test_a_shared_composite_counts_its_weights_once_and_its_work_twice() -> None:
    residual = block("Residual", filters=4)
    nodes = (Node("a", residual, ("x",)), Node("b", None, ("y",), "a"))
    twice = analyse(Architecture({"x": (8, 8, 4), "y": (8, 8, 4)}, nodes, {"one": "a", "two": "b"}))
    once = analyse(Architecture({"x": (8, 8, 4)}, nodes[:1], {"one": "a"}))
    assert twice.total.parameters == once.total.parameters
    assert twice.total.macs == 2 * once.total.macs
    assert twice.nodes["b"].parameters_used == once.nodes["a"].parameters


def test_peak_memory_of_a_chain_and_of_a_branch() -> None:
    dense = [block("Dense", units=units) for units in (10, 100, 5)]
    assert analyse(chain((20,), *dense)).peak_activations == 10 + 100
    nodes = (
        Node("a", block("Dense", units=10), ("in",)),
        Node("b", block("Dense", units=10), ("a",)),
        Node("sum", block("Add"), ("a", "b")),
    )
    assert analyse(Architecture({"in": (2,)}, nodes, {"out": "sum"})).peak_activations == 30


def test_residual_takes_a_projection_where_size_or_channels_change() -> None:
    same = analyse(chain((8, 8, 4), block("Residual", filters=4, batch_normalization=False)))
    wider = analyse(chain((8, 8, 4), block("Residual", filters=6, batch_normalization=False)))
    halved = analyse(chain((8, 8, 4), block("Residual", filters=4, strides=2, batch_normalization=False)))
    assert same.total.parameters == 2 * (9 * 4 * 4 + 4)
    assert wider.total.parameters == (9 * 4 * 6 + 6) + (9 * 6 * 6 + 6) + (4 * 6 + 6)
    assert halved.total.parameters == same.total.parameters + 4 * 4 + 4
    assert halved.outputs["out"] == (4, 4, 4)


def test_inception_adds_the_channels_of_its_branches() -> None:
    inception = block("Inception", filters_1x1=1, filters_3x3=2, filters_5x5=3, filters_pool=4)
    assert analyse(chain((8, 8, 4), inception)).outputs["out"] == (8, 8, 10)
    two_small = inception.model_copy(update={"third_branch": "3x3-3x3"})
    assert analyse(chain((8, 8, 4), two_small)).outputs["out"] == (8, 8, 10)
    assert analyse(chain((8, 8, 4), two_small)).total.macs < analyse(chain((8, 8, 4), inception)).total.macs * 2


def test_a_free_size_is_unknown_and_what_does_not_depend_on_it_is_exact() -> None:
    free = Architecture(
        {"in": (None, None, 3)},  # type: ignore[dict-item]
        (
            Node("conv", block("Conv2D", filters=8, kernel_size=3), ("in",)),
            Node("pool", block("MaxPooling2D"), ("conv",)),
            Node("mean", block("GlobalAveragePooling2D"), ("pool",)),
            Node("answer", block("Dense", units=10), ("mean",)),
        ),
        {"out": "answer"},
    )
    analysis = analyse(free)
    assert analysis.complete
    assert analysis.total.parameters == 3 * 3 * 3 * 8 + 8 + 90
    assert analysis.nodes["pool"].output_shape == (None, None, 8)
    assert analysis.nodes["mean"].output_shape == (8,)
    assert analysis.nodes["conv"].cost.at_least == {"macs", "activations"}
    assert analysis.nodes["pool"].cost.at_least == {"activations"}
    assert not analysis.nodes["answer"].cost.at_least
    assert (analysis.total.macs, analysis.total.at_least) == (80, {"macs", "activations"})
    assert analysis.peak_activations is None
    assert Architecture.from_json(free.to_json()) == free


@pytest.mark.parametrize(
    ("after", "problem"),
    [
        (("Flatten", "Dense"), r"^n2: expected an input of known size, since the weights depend on it\. Received: \?"),
        (("Reshape",), r"\? × \? × 3"),
    ],
)
def test_what_needs_a_known_size_says_so(after: tuple[str, ...], problem: str) -> None:
    fields: dict[str, dict[str, object]] = {"Dense": {"units": 5}, "Reshape": {"target_shape": (9,)}}
    blocks = [block(name, **fields.get(name, {})) for name in after]
    found = analyse(chain((None, None, 3), *blocks)).problems  # type: ignore[arg-type]
    with pytest.raises(UserError, match=problem):
        raise found[0]


def test_two_free_sizes_may_differ() -> None:
    """What is merged has to fit whatever comes in."""
    nodes = (
        Node("a", block("Conv2D", filters=3, kernel_size=3), ("in",)),
        Node("b", block("Conv2D", filters=3, kernel_size=3, padding="same"), ("in",)),
        Node("sum", block("Add"), ("a", "b")),
    )
    analysis = analyse(Architecture({"in": (None, 8, 3)}, nodes, {"out": "sum"}))  # type: ignore[dict-item]
    assert "8209" not in str(analysis.problems[0])
    assert analysis.nodes["sum"].problem


def test_a_frozen_layer_counts_as_non_trainable() -> None:
    nodes = (Node("n", block("BatchNormalization"), ("in",), trainable=False), Node("m", None, ("n",), "n"))
    total = analyse(Architecture({"in": (8, 8, 6)}, nodes, {"out": "m"})).total
    assert (total.trainable, total.non_trainable) == (0, 24)


def test_a_layer_without_weights_may_still_be_tied_to_its_channels() -> None:
    """Keras's GroupNormalization refuses another number of channels at its second call."""
    norm = block("GroupNormalization", groups=1, center=False, scale=False)
    nodes = (Node("n", norm, ("a",)), Node("again", None, ("b",), "n"))
    analysis = analyse(Architecture({"a": (3,), "b": (9,)}, nodes, {"one": "n", "two": "again"}))
    with pytest.raises(UserError, match="as many axes and channels as n has"):
        raise analysis.problems[0]


@pytest.mark.parametrize(("shape", "size"), [((8, 8, 3), 1), ((1, 8, 3), 4), ((8, 8, 3), (2, 1))])
def test_adaptive_pooling_of_a_single_pixel_is_refused(shape: tuple[int, ...], size: object) -> None:
    """Keras would fail in training, or end the process."""
    for name in ("AdaptiveAveragePooling2D", "AdaptiveMaxPooling2D"):
        assert analyse(chain(shape, block(name, output_size=size))).problems

"""Memory to predict and arithmetic intensity by hand."""

from __future__ import annotations

from math import prod

from hypothesis import HealthCheck, given, settings

from lib.arch import Architecture, Node, analyse, presets, read_block
from lib.arch.footprint import prediction_memory, work
from tests.lib.arch.strategies import architectures


def test_a_layer_moves_its_weights_what_it_reads_and_what_it_writes() -> None:
    analysis = analyse(presets.load("lenet5"))
    first = work(analysis.nodes["c1"].layers)
    assert first is not None
    assert first.macs == 5 * 5 * 1 * 6 * 28 * 28
    assert first.values == 156 + 28 * 28 * 1 + 28 * 28 * 6
    assert first.intensity == first.macs / (4 * first.values)


def test_the_total_is_that_of_all_calls_and_a_shared_layer_moves_its_weights_again() -> None:
    nodes = (Node("first", read_block("Dense", {"units": 4}, ""), ("in",)), Node("again", None, ("first",), "first"))
    total = work(analyse(Architecture({"in": (4,)}, nodes, {"out": "again"})).layers)
    assert total is not None
    assert total == (2 * 16, 2 * (20 + 4 + 4))


def test_the_memory_to_predict_is_the_weights_and_the_peak_of_the_batch() -> None:
    analysis = analyse(presets.load("lenet5"))
    assert analysis.peak_activations is not None
    assert prediction_memory(analysis) == 4 * (61_706 + analysis.peak_activations)
    assert prediction_memory(analysis, 10) == 4 * (61_706 + 10 * analysis.peak_activations)


def test_a_free_size_leaves_both_unknown() -> None:
    block = read_block("Conv2D", {"filters": 2, "kernel_size": 3}, "")
    analysis = analyse(Architecture({"in": (None, None, 1)}, (Node("n", block, ("in",)),), {"out": "n"}))
    assert work(analysis.layers) is None
    assert prediction_memory(analysis) is None


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(architectures())
def test_the_peak_holds_every_tensor_once_that_is_still_to_be_read(architecture: Architecture) -> None:
    """Counted anew at every step, from the readers: a tensor that is read twice, or by many, is held once."""
    analysis = analyse(architecture)
    layers = analysis.layers
    sizes = {name: prod(size or 0 for size in shape) for name, shape in architecture.inputs.items()}
    steps = [sum(sizes.values())]
    for step, layer in enumerate(layers):
        sizes[layer.id] = prod(size or 0 for size in layer.output_shape)
        wanted = {*architecture.outputs.values(), layer.id, *(name for later in layers[step:] for name in later.inputs)}
        # An input that nothing reads is there all the same.
        wanted |= {name for name in architecture.inputs if not any(name in other.inputs for other in layers)}
        steps.append(sum(size for name, size in sizes.items() if name in wanted))
    assert analysis.peak_activations == max(steps)

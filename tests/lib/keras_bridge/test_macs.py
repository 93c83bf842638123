"""Our MACs against an independent count: the float operations by which TensorFlow's profiler reckons a graph.

Products that are Einsum operations, which the profiler leaves out, are counted by their equations; recurrent layers are
unrolled, since of a loop it sees one step. Left out are grouped convolutions, which TensorFlow hides in a call,
and AdditiveAttention, whose products it adds up by a reduction and not by a matrix product.
"""

from math import prod
from typing import Final

import keras
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, assume, given, settings
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from tensorflow.python.framework.ops import get_stats_for_node_def

from lib.arch import Architecture, Block, Node, analyse, palette, presets
from lib.arch.block import Entry
from lib.arch.fields import pair
from lib.keras_bridge import build
from tests.lib.arch.strategies import architectures

PRODUCTS: Final = {"Conv2D", "Conv3D", "DepthwiseConv2dNative", "MatMul", "BatchMatMulV2", "Conv2DBackpropInput"}
HIDDEN: Final = {"StatefulPartitionedCall", "PartitionedCall", "XlaConvV2", "While", "StatelessWhile"}
pytestmark = pytest.mark.filterwarnings("ignore:(?s).*softmax over axis:UserWarning")

SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def profiled(model: keras.Model) -> int | None:
    """The multiply-adds for one example that the profiler counts; None where it cannot look inside."""
    for layer in model._flatten_layers():
        if hasattr(layer, "unroll"):
            layer.unroll = True
    specs = [tf.TensorSpec((1, *x.shape[1:]), x.dtype) for x in model.inputs]
    call = tf.function(lambda *given: model(given if len(given) > 1 else given[0], training=False))
    graph = convert_variables_to_constants_v2(call.get_concrete_function(*specs)).graph
    operations = {operation.name: operation for operation in graph.get_operations()}
    if any(operation.type in HIDDEN for operation in operations.values()):
        return None
    products = [operation for operation in operations.values() if operation.type in PRODUCTS]
    found = sum(get_stats_for_node_def(graph, product.node_def, "flops").value for product in products)
    assert found % 2 == 0
    return found // 2 + sum(einsum(o) for o in operations.values() if o.type == "Einsum")


def einsum(operation: tf.Operation) -> int:
    """Multiply-adds of an Einsum: one for every combination of what its letters count."""
    terms = operation.get_attr("equation").decode().split("->")[0].split(",")
    sizes = {
        letter: size
        for term, tensor in zip(terms, operation.inputs, strict=True)
        for letter, size in zip(term, tensor.shape, strict=True)
    }
    return prod(sizes.values())


def apart(block: Block) -> bool:
    """Whether the profiler speaks of something else, or cannot read the graph.

    It cannot where the state of a random generator is kept. A transposed convolution it reckons by the size of its
    output, which fits where that is the input's times the stride; dilated windows TensorFlow cuts up, with a rim.
    """
    dropout = getattr(block, "recurrent_dropout", 0) or (block.family == "sequence" and getattr(block, "dropout", 0))
    transposed = "Transpose" in block.name and getattr(block, "padding", "") != "same"
    dilated = pair(getattr(block, "dilation_rate", 1)) != (1, 1)
    return bool(dropout) or transposed or dilated or block.name == "AdditiveAttention"


def same(architecture: Architecture) -> bool:
    """Whether the two counts can be compared; then they are."""
    analysis = analyse(architecture)
    inner = [getattr(layer.block, "layer", None) for layer in analysis.layers]
    blocks = [one if isinstance(one, Block) else layer.block for one, layer in zip(inner, analysis.layers, strict=True)]
    # TensorFlow's kernels count sizes in 32 bits; nothing that large is ever computed.
    if any(apart(block) for block in blocks) or any(prod(layer.output_shape) >= 2**31 for layer in analysis.layers):
        return False
    found = profiled(build(architecture))
    assert found in (None, analysis.total.macs)
    return found is not None


@pytest.mark.parametrize("name", presets.names())
def test_presets(name: str) -> None:
    assert same(presets.load(name))


@pytest.mark.parametrize("entry", [e for family in palette().values() for e in family], ids=lambda e: e.title)
def test_every_block(entry: Entry) -> None:
    for shape in [(16, 16, 32), (8, 16), (64,)]:
        inputs = {f"in{number}": shape for number in range(entry.block.fewest_inputs)}
        architecture = Architecture(inputs, (Node("n", entry.block, tuple(inputs)),), {"out": "n"})
        analysis = analyse(architecture)
        if analysis.complete:
            hidden = entry.block.name in {"AdditiveAttention", "ResNeXtBlock"}
            assert same(architecture) is not hidden
            return
    pytest.fail(entry.title)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW_IS_FINE)
@given(architectures(most_nodes=6))
def test_random_architectures(architecture: Architecture) -> None:
    analysis = analyse(architecture)
    # Of transposed convolutions the profiler's rule fits only some sizes and strides, as those of the palette.
    assume(analysis.total.macs and not any("Transpose" in str(layer.block.keras()) for layer in analysis.layers))
    assume(same(architecture))

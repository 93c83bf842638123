"""Convolutions with a window of one position and strides, computed in a way that is safe to train.

oneDNN (as in TensorFlow 2.21, on processors with AVX-512) writes past the end of its buffers when it computes the
gradient of such a kernel with few channels, which ends the process or spoils other values. What the strides skip is
therefore left out before the convolution, or put in as zeros after a transposed one. The layer, its weights and its
values stay what they are.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import keras
from keras import layers, ops

_PLAIN: Final = (layers.Conv1D, layers.Conv2D)
_DEPTHWISE: Final = (layers.DepthwiseConv1D, layers.DepthwiseConv2D)
_SEPARABLE: Final = (layers.SeparableConv1D, layers.SeparableConv2D)
_TRANSPOSED: Final = (layers.Conv1DTranspose, layers.Conv2DTranspose)


def made_safe(layer: Any) -> Any:
    """`layer`; if it is a convolution of one position with strides, it computes without strides from now on."""
    concerned = isinstance(layer, (*_PLAIN, *_DEPTHWISE, *_SEPARABLE, *_TRANSPOSED))
    if concerned and max(layer.kernel_size) == 1 and max(layer.strides) > 1:
        layer.call = partial(_call, layer)
    return layer


def _call(layer: keras.Layer, inputs: Any) -> Any:
    answers = _spread(layer, inputs) if isinstance(layer, _TRANSPOSED) else _thinned(layer, inputs)
    if layer.use_bias:
        answers = ops.add(answers, layer.bias)
    return layer.activation(answers)


def _thinned(layer: keras.Layer, inputs: Any) -> Any:
    """The convolution of the positions that the strides meet, which begin at the first one for every padding."""
    met = inputs[(slice(None), *(slice(None, None, stride) for stride in layer.strides), slice(None))]
    if isinstance(layer, _DEPTHWISE):
        return ops.depthwise_conv(met, layer.kernel)
    if isinstance(layer, _SEPARABLE):
        return ops.separable_conv(met, layer.depthwise_kernel, layer.pointwise_kernel)
    return ops.conv(met, layer.kernel)


def _spread(layer: keras.Layer, inputs: Any) -> Any:
    """The transposed convolution: each position's answer, followed by as many zeros as the strides skip."""
    answers = ops.conv(inputs, ops.swapaxes(layer.kernel, -1, -2))
    extras = layer.output_padding
    for axis, stride in enumerate(layer.strides):
        extra = stride - 1 if extras is None else extras[axis] if isinstance(extras, tuple) else extras
        answers = _with_zeros(answers, axis + 1, stride, extra)
    return answers


def _with_zeros(values: Any, axis: int, stride: int, last: int) -> Any:
    """`values` with `stride - 1` zeros after each position along `axis`, but `last` after the last one."""
    shape = list(ops.shape(values))
    rest = len(shape) - axis - 1
    apart = ops.expand_dims(values, axis + 1)
    padded = ops.pad(apart, [(0, 0)] * (axis + 1) + [(0, stride - 1)] + [(0, 0)] * rest)
    shape[0] = -1
    shape[axis] *= stride
    spread = ops.reshape(padded, shape)
    return spread[(slice(None),) * axis + (slice(last + 1 - stride or None),)]

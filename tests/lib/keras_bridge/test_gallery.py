"""Networks of the gallery as Keras builds them: the same parameters, and an answer."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest

from lib.arch import analyse, gallery
from lib.keras_bridge import build

SMALL = ("lenet5", "nin", "resnet20-cifar", "squeezenet", "mobilenet-v3-small")


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_keras_builds_it_with_the_same_parameters(name: str) -> None:
    entry = gallery.get(name)
    network = entry.for_images((32, 32, 3), 10)
    assert network is not None
    model, total = build(network), analyse(network).total
    assert sum(prod(weight.shape) for weight in model.trainable_weights) == total.trainable
    assert model.count_params() == total.parameters
    answer = np.asarray(model(np.zeros((2, 32, 32, 3), "float32")))
    assert answer.shape == (2, 10)
    np.testing.assert_allclose(answer.sum(axis=1), 1, rtol=1e-5)

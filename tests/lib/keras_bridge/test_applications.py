"""The networks of keras.applications, said in blocks: same layers, same fields, same shapes, same parameters.

One network of each family is enough for every run of the tests, since its siblings differ only in how often and how
wide; `BLOCKYARD_EVERY_NETWORK=1` takes all 40, in some three minutes.
"""

from __future__ import annotations

import os

import keras
import numpy as np
import pytest

from lib.arch import CompositeBlock, analyse
from lib.keras_bridge import build
from lib.keras_bridge.build import make
from tests.lib.keras_bridge.networks import Translation, compared
from tests.lib.keras_bridge.test_build import counts

FAMILIES = (
    "ConvNeXtTiny",
    "DenseNet121",
    "EfficientNetB0",
    "EfficientNetV2B0",
    "InceptionResNetV2",
    "InceptionV3",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Small",
    "NASNetMobile",
    "ResNet50",
    "ResNet50V2",
    "VGG16",
    "Xception",
)
EVERY = tuple(name for name in dir(keras.applications) if name[0].isupper())
CHOSEN = EVERY if os.environ.get("BLOCKYARD_EVERY_NETWORK") else FAMILIES


def test_there_are_40_and_a_family_is_named_by_each() -> None:
    assert len(EVERY) == 40
    assert set(FAMILIES) <= set(EVERY)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHOSEN)
def test_a_network_of_keras_applications_is_expressible(name: str) -> None:
    model = getattr(keras.applications, name)(weights=None)
    translation = Translation(model)
    analysis = analyse(translation.architecture)
    assert not analysis.problems
    assert counts(model) == (analysis.total.trainable, analysis.total.non_trainable)
    for placed in translation.placed:
        report = analysis.nodes[placed.nodes[-1]]
        assert report.output_shape == placed.shape, placed.operation.name
        if isinstance(placed.operation, keras.Layer):
            own = sum(weight.shape.num_elements() for weight in placed.operation.weights)
            assert sum(analysis.nodes[node].parameters for node in placed.nodes) == own, placed.operation.name
            if type(placed.operation).__name__ == report.block.name and not isinstance(report.block, CompositeBlock):
                ours, theirs = make(report.block.keras()).get_config(), placed.operation.get_config()
                assert compared(ours) == compared(theirs), placed.operation.name


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ConvNeXtTiny", "MobileNetV3Small"])
def test_what_keras_keeps_to_itself_is_the_same_arithmetic(name: str) -> None:
    """The factors of channels of ConvNeXt and the arithmetic with numbers of MobileNetV3, by their answers."""
    keras.utils.set_random_seed(0)
    model = getattr(keras.applications, name)(weights=None, input_shape=(64, 64, 3), classes=10)
    translation = Translation(model)
    ours = build(translation.architecture)
    for placed in translation.placed:
        weights = [] if not isinstance(placed.operation, keras.Layer) else placed.operation.get_weights()
        if weights:
            layer = ours.get_layer(placed.nodes[-1])
            shapes = [tuple(weight.shape) for weight in layer.weights]
            layer.set_weights([value.reshape(shape) for value, shape in zip(weights, shapes, strict=True)])
    images = np.random.default_rng(0).uniform(0, 255, (4, 64, 64, 3)).astype("float32")
    np.testing.assert_allclose(ours(images), model(images), rtol=1e-5, atol=1e-6)

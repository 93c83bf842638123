"""The images in a script: where they come from, and how many there are."""

from __future__ import annotations

import inspect
from typing import Final

from lib import data
from lib.data import own, sample, shapes
from lib.data.dataset import Source
from lib.training.recipe import Recipe
from lib.training.script_source import definitions, function_code

_LOAD_FILE: Final = '''
def load_data():
    """Images as bytes and labels, to train on and to test with: from {name}.npz beside this file, or from Keras."""
    file = Path(__file__).with_name("{name}.npz")
    if file.exists():
        with np.load(file) as arrays:
            loaded = [arrays[name] for name in ("x_train", "y_train", "x_test", "y_test")]
    else:
        (x_train, y_train), (x_test, y_test) = keras.datasets.{name}.load_data()
        loaded = [x_train, y_train, x_test, y_test]
    x_train, y_train, x_test, y_test = loaded
    return (x_train.reshape(-1, *IMAGE), y_train.reshape(-1).astype(np.int64),
            x_test.reshape(-1, *IMAGE), y_test.reshape(-1).astype(np.int64))
'''
_LOAD_OWN: Final = '''
def load_data():
    """Images as bytes and labels, to train on and to test with: from {file} beside this file."""
    with np.load(Path(__file__).with_name("{file}")) as arrays:
        return [arrays[name] for name in ("x_train", "y_train", "x_test", "y_test")]
'''
_LOAD_SAMPLE: Final = '''
def load_data():
    """Images as bytes and labels, to train on and to test with."""
    return digits()
'''
_LOAD_SHAPES: Final = '''
def load_data():
    """Images as bytes and labels, to train on and to test with."""
    return generate()
'''


def constants(recipe: Recipe) -> str:
    """The numbers that its functions read."""
    image = data.info(recipe.data).input_shape
    return f"IMAGE = {image}\nBATCH_SIZE = {recipe.batch_size}\nSEED = {recipe.seed}"


def data_code(name: str, source: Source) -> str:
    """A function `load_data`, and what it needs."""
    if source == "sample":
        return function_code(sample.digits) + "\n" + _LOAD_SAMPLE
    if source == "generated":
        return definitions(inspect.getsource(shapes)) + "\n" + _LOAD_SHAPES
    if source == "own":
        return _LOAD_OWN.lstrip("\n").format(file=own.file_name(data.info(name)))
    return _LOAD_FILE.lstrip("\n").format(name=name)


def sizes(recipe: Recipe, source: Source) -> tuple[int, int]:
    """How many images are learned from, and how many are held out."""
    info = data.info(recipe.data)
    images = len(data.load(recipe.data).y_train) if source == data.available(recipe.data) else info.train_images
    return data.split_sizes(images, recipe.validation_fraction, recipe.train_images)

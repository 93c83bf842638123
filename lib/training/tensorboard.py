"""Logs for TensorBoard, as Keras's callback of that name writes them, that a training may leave and come back to.

They are written by TensorFlow's own writer. Its functions for scalars and histograms need TensorBoard itself, so that
what they would write is made here: tensors under TensorBoard's names for them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lib.training import callbacks as configs
from lib.training.files import NOT_SAVED
from lib.training.looks import Look, Looking
from lib.training.pace import Pace
from lib.training.run import Event, NoRoomError
from lib.training.steps import given, scaled
from lib.training.tensorboard_files import BATCH, go_back, write_embedding
from lib.training.tensorboard_weights import encoded, histogram, pictures
from lib.training.watched import Watched

FOLDER: Final = "tensorboard"
_MOST_IMAGES: Final = 1000
_MOST_NUMBERS: Final = 1_000_000
_AT_ONCE: Final = 100
_SCALAR, _TENSOR, _BLOBS = 1, 2, 3
"""TensorBoard's numbers for kinds of data."""

_Logs = dict[str, Any] | None


class TensorBoard(Watched):
    """Writes what Keras's own writes, under the same names, and where the layer before the last puts images.

    What an attempt wrote beyond the point that the next one goes on from is taken out again, so that the logs are
    those of a training that was never interrupted.
    """

    source = "TensorBoard"
    kept = ("_epochs", "_steps")

    def __init__(self, config: configs.TensorBoard, folder: Path) -> None:
        super().__init__()
        self._config, self._folder = config, folder / FOLDER
        self._epochs = self._steps = 0
        self._goes_on = self._opened = False
        self._writers: dict[str, Any] = {}
        self._pace = Pace()
        self._look: Look | None = None

    def shown(self, look: Looking) -> None:
        """Some validation images, of each class alike, are those that are sorted by a layer."""
        self._look = look(_MOST_IMAGES)

    def remembered(self) -> dict[str, Any]:
        """Up to where it wrote, all of which is in the files now."""
        for writer in self._writers.values():
            writer.flush()
        return super().remembered()

    def remember(self, state: dict[str, Any], arrays: list[NDArray[Any]]) -> None:
        """Take back up to where it wrote."""
        super().remember(state, arrays)
        self._goes_on = True

    def told(self, event: Event) -> None:
        """Write the batches, where that is asked for, and what was seen inside the network."""
        if event["kind"] == "batches":
            if self._config.batches:
                self._batches(event, self._config.batches)
            self._steps = event["steps"][-1]
        elif event["kind"] == "probe" and event["epoch"]:
            epoch = event["epoch"] - 1
            self._scalars("train", {f"{name}/{layer['name']}": [(epoch, layer[key])] for layer in event["layers"]
                                    for name, key in (("gradient_norm", "gradient"), ("update_ratio", "update"))
                                    if layer[key] is not None})

    def on_epoch_begin(self, epoch: int, logs: _Logs = None) -> None:
        """Look at the clock."""
        self._pace.begin(self._steps)

    def on_epoch_end(self, epoch: int, logs: _Logs = None) -> None:
        """Write the numbers of the epoch, and histograms and embeddings where they are due."""
        known = {**(logs or {}), "learning_rate": float(self.model.optimizer.learning_rate)}
        if self._config.write_steps_per_second and (rate := self._pace.epoch(self._steps)):
            known["steps_per_second"] = rate
        for folder, validation in (("train", False), ("validation", True)):
            self._scalars(folder, {f"epoch_{name.removeprefix('val_')}": [(epoch, value)]
                                   for name, value in known.items() if name.startswith("val_") == validation})
        with self._open():
            if self._config.histogram_freq and epoch % self._config.histogram_freq == 0:
                self._histograms(epoch)
            if self._config.embeddings_freq and epoch % self._config.embeddings_freq == 0:
                self._embed()
        self._epochs = epoch + 1

    def on_train_end(self, logs: _Logs = None) -> None:
        """Sort the images with the weights at the end, and close the files."""
        with self._open():
            if self._config.embeddings_freq:
                self._embed()
            for writer in self._writers.values():
                writer.close()

    def _batches(self, event: Event, every: int) -> None:
        """Write the numbers of the batches whose turn it is; their pace is the mean of their bundle."""
        rows = {name: event[name] for name in ("loss", "accuracy", "learning_rate")}
        rate = self._pace.bundle(event["steps"][-1])
        if self._config.write_steps_per_second and rate:
            rows["steps_per_second"] = [rate] * len(event["steps"])
        self._scalars("train", {
            f"{BATCH}{name}": [(step, value) for step, value in zip(event["steps"], values, strict=True)
                               if step % every == 0] for name, values in rows.items()})

    def _scalars(self, folder: str, rows: dict[str, list[tuple[int, float]]]) -> None:
        with self._open(), self._writer(folder).as_default():
            for name, points in rows.items():
                for step, value in points:
                    tf.summary.write(name, tf.constant(value, tf.float32), step, _metadata("scalars", _SCALAR))

    def _histograms(self, epoch: int) -> None:
        with self._writer("train").as_default():
            for weight in (weight for layer in self.model.layers for weight in layer.weights):
                values = np.asarray(keras.ops.convert_to_numpy(weight))
                buckets = tf.constant(histogram(values))
                tf.summary.write(f"{weight.path}/histogram", buckets, epoch, _metadata("histograms", _TENSOR))
                if self._config.write_images and (seen := pictures(values)) is not None:
                    tf.summary.write(f"{weight.path}/image", encoded(seen), epoch, _metadata("images", _BLOBS))

    def _writer(self, folder: str) -> Any:
        if folder not in self._writers:
            self._writers[folder] = tf.summary.create_file_writer(str(self._folder / folder))
        return self._writers[folder]

    @contextmanager
    def _open(self) -> Iterator[None]:
        """The logs, as far as this training has come; a disk that is full is told as that."""
        try:
            if not self._opened:
                self._opened = True
                self._begin()
            yield
        except tf.errors.OpError as error:
            raise NoRoomError(FOLDER, NOT_SAVED, problem=error.message) from error

    def _begin(self) -> None:
        if self._goes_on:
            go_back(self._folder, self._epochs, self._steps)
            return
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        if self._config.write_graph:
            with self._writer("train").as_default():
                tf.summary.write("keras", self.model.to_json(), 0, _metadata("graph_keras_model", _BLOBS, b"1"))
                tf.summary.graph(self._forward().graph)

    def _forward(self) -> Any:
        """What the model does with a batch, as a graph; it is drawn and never run."""
        model = self.model

        def forward(*images: tf.Tensor) -> Any:
            return model(given([scaled(each) for each in images]), training=False)

        shapes = [tf.TensorSpec(each.shape, tf.uint8) for each in model.inputs]
        return tf.function(forward, autograph=False).get_concrete_function(*shapes)

    def _embed(self) -> None:
        found = sorting(self.model)
        if found is None or self._look is None:
            return
        name, tensor = found
        inputs, words = self._look.inputs, self._look.words
        count = min(len(words), _MOST_NUMBERS // max(1, _numbers(tensor)))
        if not count:
            return
        few = [images[:count] for images in inputs]
        answers = _answers(keras.Model(self.model.inputs, tensor), few)
        # Several images of an example stand side by side; where their heights differ, the first has to do.
        beside = [images for images in few if images.shape[1::2] == few[0].shape[1::2]]
        write_embedding(self._folder, name, answers, words[:count], np.concatenate(beside, axis=2),
                        self._config.embeddings_metadata)


def sorting(model: keras.Model) -> tuple[str, Any] | None:
    """By what examples are sorted, and the name of who made it: what goes into the last layer with weights that leads
    to the first output; of a network that makes an image, the narrowest place on the way there."""
    passed = list(_backwards(model.outputs[0]))
    if len(model.outputs[0].shape) == 4:
        found = min((tensor for _layer, tensor in passed), key=_numbers, default=None)
    else:
        found = next((tensor for layer, tensor in passed if getattr(layer, "weights", None)), None)
    return None if found is None else (found._keras_history.operation.name, found)


def _backwards(tensor: Any) -> Iterator[tuple[Any, Any]]:
    """The layers that lead to `tensor`, the last one first, each with what goes into it, as long as that is one."""
    while True:
        layer, node, _place = tensor._keras_history
        inputs = layer._inbound_nodes[node].input_tensors
        if len(inputs) != 1:
            return
        tensor = inputs[0]
        yield layer, tensor


def _numbers(tensor: Any) -> int:
    return int(np.prod(tensor.shape[1:]))


def _metadata(plugin: str, kind: int, content: bytes = b"") -> Any:
    """What tells TensorBoard how to show a tensor."""
    metadata = tf.compat.v1.SummaryMetadata(data_class=kind)
    metadata.plugin_data.plugin_name, metadata.plugin_data.content = plugin, content
    return metadata


def _answers(model: keras.Model, inputs: list[NDArray[np.uint8]]) -> NDArray[Any]:
    """What `model` answers, each example in one row; computed so that no state of it changes."""
    trained, fixed = ([tf.convert_to_tensor(variable.value) for variable in variables]
                      for variables in (model.trainable_variables, model.non_trainable_variables))
    found = []
    for first in range(0, len(inputs[0]), _AT_ONCE):
        few = [scaled(tf.constant(images[first:first + _AT_ONCE])) for images in inputs]
        part = model.stateless_call(trained, fixed, given(few), training=False)[0]
        found.append(part.numpy())
    return np.concatenate(found).reshape(len(inputs[0]), -1)

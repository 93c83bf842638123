"""The folder of TensorBoard's logs: what a training that goes back takes out of it, and images sorted by a layer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lib.training.callbacks import VECTORS
from lib.training.files import draft_of

BATCH: Final = "batch_"
"""How the tags begin whose steps are batches; the steps of all others are epochs, from 0."""
PROJECTOR: Final = "projector_config.pbtxt"
_SPRITE: Final = "sprite.png"
_CONFIG: Final = """embeddings {{
  tensor_name: "{name}"
  tensor_path: "{vectors}"
{labels}  sprite {{
    image_path: "{sprite}"
    single_image_dim: {width}
    single_image_dim: {height}
  }}
}}
"""


def go_back(folder: Path, epochs: int, steps: int) -> None:
    """Take out of the logs in `folder` what came after so many epochs and batches: it comes again."""
    for path in sorted(folder.rglob("events.out.tfevents.*")):
        records = [record for record in _records(path) if _stays(tf.compat.v1.Event.FromString(record), epochs, steps)]
        draft = draft_of(path)
        with tf.io.TFRecordWriter(str(draft)) as writer:
            for record in records:
                writer.write(record)
        draft.replace(path)


def write_embedding(folder: Path, name: str, vectors: NDArray[Any], classes: Sequence[str],
                    images: NDArray[np.uint8], labels: str | None) -> None:
    """Put into `folder` what TensorBoard's projector shows: a point for each image, with its class and its picture.

    Args:
        folder: of the logs.
        name: of the layer.
        vectors: (images, numbers).
        classes: the class of each image in words.
        images: uint8, (images, height, width, channels).
        labels: what the file of the classes is called; None: there is none.
    """
    rows = ("\t".join(f"{number:.5g}" for number in row) for row in vectors)
    _replace(folder / VECTORS, "".join(f"{row}\n" for row in rows).encode())
    if labels:
        _replace(folder / labels, "".join(f"{' '.join(name.split())}\n" for name in classes).encode())
    _replace(folder / _SPRITE, tf.io.encode_png(sprite(images)).numpy())
    _replace(folder / PROJECTOR, _CONFIG.format(
        name=name, vectors=VECTORS, labels=f'  metadata_path: "{labels}"\n' if labels else "", sprite=_SPRITE,
        width=images.shape[2], height=images.shape[1],
    ).encode())


def sprite(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`images` row by row in one square picture, black where there are no more."""
    count, height, width, channels = images.shape
    side = math.ceil(math.sqrt(count))
    places = np.zeros((side * side, height, width, channels), np.uint8)
    places[:count] = images
    rows = places.reshape(side, side, height, width, channels).transpose(0, 2, 1, 3, 4)
    return rows.reshape(side * height, side * width, channels)


def _records(path: Path) -> Iterator[bytes]:
    """The records of a file, as far as they are whole: a kill may have cut the last one."""
    try:
        for record in tf.data.TFRecordDataset([str(path)]):
            yield record.numpy()
    except tf.errors.DataLossError:
        return


def _stays(event: Any, epochs: int, steps: int) -> bool:
    tags = [value.tag for value in event.summary.value]
    if not tags or tags == ["keras"]:
        return True
    return bool(event.step <= steps if tags[0].startswith(BATCH) else event.step < epochs)


def _replace(path: Path, content: bytes) -> None:
    draft = draft_of(path)
    draft.write_bytes(content)
    draft.replace(path)

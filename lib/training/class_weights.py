"""What the examples of each class weigh in the loss. Imports no Keras."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lib.data.catalogue import DatasetInfo
from lib.errors import UserError
from lib.i18n import N_

BALANCED: Final = "balanced"
MOST_CLASSES: Final = 1000
Weight = Annotated[float, Field(ge=0, le=1000)]
ClassWeight = Literal["balanced"] | Annotated[tuple[Weight, ...], Field(strict=False, min_length=1,
                                                                        max_length=MOST_CLASSES)]
"""By how often each class occurs, or a number for each class in their order."""


def weights_of(
    chosen: ClassWeight | None, labels: NDArray[np.integer[Any]], classes: int
) -> NDArray[np.float32] | None:
    """The weight of each class, (classes,), as a recipe has `chosen` it; None where all weigh 1.

    Balanced: images / (classes that occur x images of the class), so that every class counts as much as any other, and
    an image weighs 1 on average.

    Args:
        labels: the class numbers of the images to learn from, (images,).
    """
    if chosen is None:
        return None
    if chosen != BALANCED:
        return np.array(chosen, np.float32)
    counts = np.bincount(labels, minlength=classes)
    occurring = np.count_nonzero(counts)
    # A class without images is never asked for.
    return (len(labels) / (occurring * np.maximum(counts, 1))).astype(np.float32)


def class_weight_problem(chosen: ClassWeight | None, info: DatasetInfo) -> UserError | None:
    """Why the weights do not suit the classes of a data set."""
    if chosen is None or chosen == BALANCED:
        return None
    if len(chosen) != info.classes:
        return UserError("class_weight", N_("expected {classes} weights, one for each class of {data}"), len(chosen),
                         classes=info.classes, data=info.words)
    if not any(chosen):
        return UserError("class_weight", N_("expected a class that weighs more than 0"), said(chosen))
    return None


def said(chosen: ClassWeight) -> str:
    """What was chosen, as it is shown."""
    return chosen if isinstance(chosen, str) else ", ".join(f"{weight:g}" for weight in chosen)

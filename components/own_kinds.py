"""How the screen names the kinds of things that can be made, and what it says of each."""

from __future__ import annotations

from typing import Final, NamedTuple

from lib.i18n import N_
from lib.own.export import WRITERS
from lib.own.kinds import KINDS
from lib.settings import settings


class KindLook(NamedTuple):
    """The name of a kind, its icon, what it is, and what its formula reads."""

    title: str
    icon: str
    help: str


LOOKS: Final = {
    "lambda": KindLook(N_("Lambda"), ":material/function:", N_(
        "A function of `x`, or of several inputs `x1`, `x2`, without weights. It stands in the network as a block.")),
    "layer": KindLook(N_("Layer"), ":material/layers:", N_(
        "A layer of `x` with weights of its own, which training changes.")),
    "python": KindLook(N_("Layer in Python"), ":material/code_blocks:", N_(
        "A class of `keras.layers.Layer` as you write it. This server runs it in a sandbox: without network, without "
        "files but those of its own run, within limits of time and memory.")),
    "activation": KindLook(N_("Activation"), ":material/show_chart:", N_(
        "What every number `x` goes through after a layer. It keeps the shape.")),
    "loss": KindLook(N_("Loss"), ":material/trending_down:", N_(
        "What training makes as small as it can, from `y_true` (one-hot) and `y_pred`, a row for each image.")),
    "metric": KindLook(N_("Metric"), ":material/speed:", N_(
        "A number that is told beside the loss, from `y_true` (one-hot) and `y_pred`, a row for each image.")),
    "rule": KindLook(N_("Callback rule"), ":material/rule:", N_(
        "Something that happens during a training: when, under which condition, what.")),
    "schedule": KindLook(N_("Schedule"), ":material/timeline:", N_(
        "The learning rate of every batch, from `step` of `steps`, `epoch` of `epochs`, `progress` (0 to 1) and the "
        "`learning_rate` of the optimizer.")),
}
SHOWN: Final = tuple(kind for kind in LOOKS if kind in KINDS and kind in WRITERS)
"""Those that can be made, in the order in which they are offered."""


def offered() -> tuple[str, ...]:
    """Those that this server lets be made: Python only where it is told to."""
    return tuple(kind for kind in SHOWN if kind != "python" or settings().trusted_python)


SHAPED: Final = ("lambda", "layer", "python", "activation")
"""Those that depend on the shape of an input."""
CLASSED: Final = ("loss", "metric")
"""Those that depend on how many classes there are."""

"""How the commands about architectures and trainings are called."""

from __future__ import annotations

import argparse
from typing import get_args

from lib.arch import presets
from lib.arch.code import STYLES
from lib.commands.architectures import export, list_presets
from lib.commands.count import count
from lib.commands.doctor import doctor
from lib.commands.output import Command, Commands, add
from lib.commands.picture import picture
from lib.commands.train import list_runs, train
from lib.data import DATASETS
from lib.data.tasks import TASKS
from lib.i18n import _
from lib.picture import FORMATS, SHOWN, Detail, Direction
from lib.summary_table import FORMS
from lib.training.optimizers import OPTIMIZERS
from lib.training.recipe import ACTIVATIONS


def add_to(commands: Commands) -> None:
    """Make them known."""
    counting = _about_architecture(commands, "count", count, _("What every layer costs, and the whole"))
    counting.add_argument("--input-shape", metavar="28,28,1",
                          help=_("another shape of the input, without the batch; ? for a free size"))
    counting.add_argument("--optimizer", choices=list(OPTIMIZERS), help=_("whose slots are counted"))
    counting.add_argument("--batch-size", type=int, metavar="N", help=_("images at once, for the memory"))
    counting.add_argument("--as", dest="form", choices=FORMS, help=_("a table to take along, as this"))
    _add_picture(commands)
    add(commands, "presets", list_presets, _("The architectures to start from"))
    exporting = _about_architecture(commands, "export", export,
                                    _("The model as code: a script that builds and trains it"))
    exporting.add_argument("--as", dest="style", choices=list(STYLES), default=STYLES[0],
                           help=_("how it is written: as a function of layers, as a class, as a list of layers, or as "
                                  "the JSON config of Keras, which holds the model alone"))
    exporting.add_argument("--model", action="store_true", help=_("the model alone, without data and training"))
    exporting.add_argument("--output", metavar="FILE", help=_("write the script there, not to standard output"))
    _add_recipe(exporting)
    training = _about_architecture(commands, "train", train, _("Train on this machine, as the Train page does"))
    training.add_argument("--name", help=_("the name of the run"))
    training.add_argument("--seeds", type=int, metavar="N", default=1,
                          help=_("train so many times, each with the next seed; the result has mean and deviation"))
    _add_recipe(training)
    add(commands, "runs", list_runs, _("Every training of this home"))
    add(commands, "doctor", doctor, _("What is installed, where data comes from, whether trainings can run"))


def _add_picture(commands: Commands) -> None:
    drawing = _about_architecture(commands, "picture", picture, _("A picture of the network, as Graphviz draws it"))
    drawing.add_argument("--as", dest="form", choices=FORMATS, default="svg", help=_("the kind of file"))
    drawing.add_argument("--direction", choices=get_args(Direction), default="TB",
                         help=_("from top to bottom, or from left to right"))
    drawing.add_argument("--open", metavar="LEVELS", default="0",
                         help=_("how many levels of composites are open: 0 none, or all"))
    drawing.add_argument("--gather", action="store_true", help=_("show a large network by its parts"))
    drawing.add_argument("--show", metavar="NAMES,SHAPES", default=",".join(SHOWN),
                         help=_("what boxes say: some of {names}").format(names=", ".join(get_args(Detail))))
    drawing.add_argument("--output", metavar="FILE", help=_("write the picture there, not to standard output"))


def _about_architecture(commands: Commands, name: str, command: Command, description: str) -> argparse.ArgumentParser:
    added = add(commands, name, command, description)
    added.add_argument("architecture", metavar="FILE-or-preset",
                       help=_("an architecture's JSON file, or one of {names}").format(
                           names=", ".join(presets.names())))
    return added


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--recipe", metavar="FILE", help=_("a recipe's JSON file; what follows changes it"))
    known = _("the data set: {names}, or one that somebody has brought").format(names=", ".join(DATASETS))
    parser.add_argument("--data", metavar="NAME", help=known)
    parser.add_argument("--task", choices=list(TASKS), help=_("what is made of the images"))
    parser.add_argument("--train-images", type=int, metavar="N", help=_("how many images to learn from"))
    parser.add_argument("--validation-fraction", type=float, metavar="SHARE", help=_("the share that is held out"))
    parser.add_argument("--batch-size", type=int, metavar="N", help=_("images in one step"))
    parser.add_argument("--epochs", type=int, metavar="N", help=_("times the images are gone through"))
    parser.add_argument("--seed", type=int, metavar="N", help=_("the number that all chance follows from"))
    parser.add_argument("--optimizer", choices=list(OPTIMIZERS), help=_("the rule that moves the weights"))
    parser.add_argument("--learning-rate", type=float, metavar="RATE", help=_("how far the weights move"))
    parser.add_argument("--activation", choices=list(ACTIVATIONS), help=_("for all hidden layers"), metavar="NAME")

"""What the command line does, one function a command: each takes the parsed arguments and returns the exit status."""

from lib.commands.architectures import export, list_presets
from lib.commands.count import count
from lib.commands.doctor import doctor
from lib.commands.output import Command
from lib.commands.train import list_runs, train

__all__ = ["Command", "count", "doctor", "export", "list_presets", "list_runs", "train"]

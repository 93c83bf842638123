"""The parts of a script that make and learn the examples of a task."""

from __future__ import annotations

from typing import Final

from lib.arch import Architecture
from lib.data.catalogue import DatasetInfo
from lib.data.examples import NOISE, noisy, same_or_different
from lib.data.tasks import ANIMALS, TASKS, TaskName
from lib.training.augmenting import chance_of
from lib.training.goals import goals, inputs_of
from lib.training.recipe import Recipe
from lib.training.script_source import function_code

_HEAD: Final = '''
def examples(images, labels, rows, part):
    """Inputs and answers made of these rows; part: 0 to learn from, 1 to validate by, 2 to test with."""
'''
_GENERATOR: Final = "    generator = np.random.default_rng((0 if part == 2 else SEED, part))\n"
_PAIR: Final = '''    left, right = generator.permutation(rows), generator.choice(rows, len(rows))
    total = labels[left] + labels[right]
'''
_BOTH: Final = 'inputs = {"left": images[left], "right": images[right]}'
_IMAGE: Final = 'inputs = {"image": images[rows]}'
_BODIES: Final[dict[TaskName, str]] = {
    "same": f'''    left, right, same = same_or_different(labels, rows, generator)
    {_BOTH}
    answers = {{"same": in_a_column(same)}}
''',
    "sum": f'''{_PAIR}    {_BOTH}
    answers = {{"sum": total}}
''',
    "sum-number": f'''{_PAIR}    {_BOTH}
    answers = {{"sum": in_a_column(total)}}
''',
    "parity": f'''    {_IMAGE}
    answers = {{"digit": labels[rows], "parity": in_a_column(labels[rows] % 2)}}
''',
    "animal": f'''    {_IMAGE}
    answers = {{"class": labels[rows], "animal": in_a_column(np.isin(labels[rows], {ANIMALS}))}}
''',
    "halves": '''    width, whole = images.shape[2], images[rows]
    inputs = {"left": whole[:, :, :width // 2], "right": whole[:, :, width - width // 2:]}
    answers = {"class": labels[rows]}
''',
    "reconstruct": f'''    {_IMAGE}
    answers = {{"image": images[rows]}}
''',
    "denoise": '''    inputs = {"image": noisy(images, rows, generator)}
    answers = {"image": images[rows]}
''',
}
_COLUMN: Final = '''
def in_a_column(answers):
    """Numbers in a column, as a layer of one unit gives them."""
    return answers.astype(np.float32)[:, np.newaxis]
'''
_BATCHES: Final = '''
class Batches(keras.utils.PyDataset):
    """Inputs and answers in batches, images from 0 to 1; with a seed in a new order every epoch."""

    def __init__(self, inputs, answers, seed=None):
        super().__init__()
        self.inputs, self.answers, self.seed, self.epoch = inputs, answers, seed, 0
        self.order = np.arange(len(inputs[0]))

    def __len__(self):
        return -(-len(self.order) // BATCH_SIZE)

    def on_epoch_begin(self):
        if self.seed is not None:
            self.order = np.random.default_rng((self.seed, self.epoch)).permutation(len(self.order))
            self.epoch += 1

    def __getitem__(self, index):
        rows = self.order[index * BATCH_SIZE:(index + 1) * BATCH_SIZE]
'''
_TAKEN: Final = '''\
        return tuple(self.taken(arrays, rows) for arrays in (self.inputs, self.answers))

    def taken(self, arrays, rows):
        parts = tuple(each[rows].astype(np.float32) / 255 if each.ndim == 4 else each[rows] for each in arrays)
        return parts if len(parts) > 1 else parts[0]
'''
_CHANGED: Final = '''\
        inputs = [self.changed(each[rows], index, *place) for each, place in zip(self.inputs, PLACES)]
        answers = [self.changed(each[rows], index) if each.ndim == 4 else each[rows] for each in self.answers]
        return tuple(tuple(parts) if len(parts) > 1 else parts[0] for parts in (inputs, answers))

    def changed(self, images, index, which=0, columns=slice(None)):
        images = images.astype(np.float32) / 255
        if self.seed is not None:
            images, _answers = augmented(images, None, max(self.epoch - 1, 0), index, which)
        return images[:, :, columns]
'''


def task_code(architecture: Architecture, recipe: Recipe, info: DatasetInfo) -> list[str]:
    """The functions that make examples, and the class that makes batches of them."""
    inputs = list(inputs_of(architecture, recipe.task, info).values())
    told = goals(architecture, recipe.task, recipe.outputs, info)
    answers = [goal.name for goal in told]
    parts = []
    if recipe.task == "same":
        parts.append(function_code(same_or_different))
    if recipe.task == "denoise":
        parts += [f"NOISE = {NOISE}\nCHUNK = 1024\n", function_code(noisy).replace("_CHUNK", "CHUNK")]
    body = _BODIES[recipe.task]
    if recipe.augmentation and recipe.task == "halves":
        # Whole images are changed, and halved then.
        body = body.replace("whole[:, :, :width // 2]", "whole").replace("whole[:, :, width - width // 2:]", "whole")
        body = body.replace("width, whole = images.shape[2], images[rows]", "whole = images[rows]")
    if "in_a_column" in body:
        parts.append(_COLUMN.lstrip("\n"))
    rows = "".join(f'    answers["{goal.name}"] = np.eye({goal.columns}, dtype=np.float32)[answers["{goal.name}"]]\n'
                   for goal in told if goal.one_hot)
    returned = f"{rows}    return [inputs[name] for name in {inputs}], [answers[name] for name in {answers}]\n"
    drawing = _GENERATOR if "generator" in body else ""
    parts.append(_HEAD.lstrip("\n") + drawing + body + returned)
    if not recipe.augmentation:
        return [*parts, _BATCHES.lstrip("\n") + _TAKEN]
    return [*parts, f"PLACES = [{', '.join(_places(recipe, info, inputs))}]\n", _BATCHES.lstrip("\n") + _CHANGED]


def _places(recipe: Recipe, info: DatasetInfo, inputs: list[str]) -> list[str]:
    """For each input by which chance its images are changed, and which of their columns it has."""
    given = list(TASKS[recipe.task].inputs(info))
    half, width = info.input_shape[1] // 2, info.input_shape[1]
    columns = {"left": f"slice(0, {half})", "right": f"slice({width - half}, {width})"}
    return [f"({chance_of(recipe.task, given.index(name))}, "
            f"{columns[name] if recipe.task == 'halves' else 'slice(None)'})" for name in inputs]

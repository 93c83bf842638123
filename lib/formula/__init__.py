"""The small language in which students write layers, activations, losses and metrics of their own.

It looks like the Python of Keras and cannot do harm: a formula is read, checked against symbolic shapes, and only then
computed, from the functions of one table. See docs/formulas.md.
"""

from lib.formula.check import Checked, check
from lib.formula.errors import FormulaError, Place
from lib.formula.evaluate import evaluate
from lib.formula.export import to_python
from lib.formula.language import Formula
from lib.formula.parse import parse
from lib.formula.scalars import check_scalars
from lib.formula.tensor import BATCH, Batch, Tensor, per_example, weight

__all__ = ["BATCH", "Batch", "Checked", "Formula", "FormulaError", "Place", "Tensor", "check",
           "check_scalars", "evaluate", "parse",
           "per_example", "to_python", "weight"]  # fmt: skip

"""The small language in which students write layers, activations, losses and metrics of their own.

It looks like the Python of Keras and cannot do harm: a formula is read, checked against symbolic shapes, and only then
computed, from the functions of one table. See docs/formulas.md.
"""

from lib.formula.errors import FormulaError, Place
from lib.formula.language import Formula
from lib.formula.parse import parse

__all__ = ["Formula", "FormulaError", "Place", "parse"]

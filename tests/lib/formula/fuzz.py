"""Texts by chance against the formula language: soups of its tokens, and formulas with damage.

`nice python -m tests.lib.formula.fuzz --minutes 10` tries as many as it can and prints what it tried. Whatever leaves
but a `FormulaError` is printed with its text, and ends it with status 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from random import Random
from typing import Final

from lib.formula import FormulaError, check, parse, to_python
from lib.formula.functions import ALIASES, FUNCTIONS, PREFIXES
from tests.lib.formula.random_formulas import FIELDS, LAYER, LOSS, text

_WORDS: Final = """
x w b s y_true y_pred self.w self. inputs h
= == != < > <= >= + - * / // % ** @ ( ) [ ] , . : ; ... := -> ~ ! & | ^ { } $ ? `
0 1 2 -1 0.5 1e3 1e999 1j 0x1f 007 1_0 1048577 99999999999999999999 .5 5. None True False Ellipsis
if else and or not in is for while lambda def return import class yield await async with try del print exec
__class__ __builtins__ _ x.y x.__dict__ axis= keepdims= axis=-1 (1,2) (-1,) *x **x [x,x] #c 'a' "b" f'{x}'
é х ² 한
"""
_SPACES: Final = (" ", "  ", "\t", "\n", "\n", "\n  ", "\\\n", "\r\n", "\r")
_ODD: Final = ("\x00", "\x0c", "\ufeff", "\u202e", "\ud800")
_TOKENS: Final = (*_WORDS.split(), *_SPACES, *_ODD)
_NAMES: Final = (*FUNCTIONS, *ALIASES)


def soup(chance: Random) -> str:
    """Tokens in any order, many of them functions."""
    return "".join(_token(chance) + chance.choice(["", "", " "]) for _number in range(chance.randint(1, 60)))


def damaged(chance: Random) -> str:
    """A formula that was well written, with some of its characters lost, doubled, moved or replaced."""
    letters = list(text(chance, chance.choice([LAYER, LOSS])))
    for _number in range(chance.randint(0, 4)):
        place = chance.randrange(len(letters) + 1)
        other = chance.randrange(len(letters) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            del letters[min(place, other) : min(place, other) + chance.randint(1, 5)]
        elif kind == 1:
            letters[place:place] = letters[min(place, other) : max(place, other)]
        elif kind == 2:
            letters[place:place] = _token(chance)
        elif kind == 3:
            letters[place : place + 1] = chance.choice("()[],.:=+-*/@<> 019x\n#")
        else:
            letters[place:place] = chance.choice(["(", "[", "-", "exp(", "x["]) * chance.randint(1, 40)
    return "".join(letters)


def tried(written: str) -> bool:
    """Whether the formula is accepted, as a layer or as a loss. Only a `FormulaError` may say that it is not."""
    accepted = False
    for names, batch in ((LAYER, "kept"), (LOSS, "free"), ({**LAYER, **LOSS}, "free")):
        try:
            checked = check(parse(written), names, batch=batch, statics=FIELDS)  # type: ignore[arg-type]
        except FormulaError as error:
            assert str(error).startswith(f"line {error.place.line}, column {error.place.column}: ")
            assert 1 <= error.place.line <= written.count("\n") + 1
            continue
        compile("def f(self):\n" + to_python(checked, indent=" "), "exported", "exec")
        accepted = True
    return accepted


def _token(chance: Random) -> str:
    if chance.random() < 0.25:
        prefix = chance.choice(PREFIXES)
        return f"{prefix}{'.' if prefix else ''}{chance.choice(_NAMES)}("
    return chance.choice(_TOKENS)


def main() -> int:
    parser = argparse.ArgumentParser(description="Tries formulas by chance.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    end = time.monotonic() + 60 * given.minutes
    seed, accepted, slowest = given.seed, 0, 0.0
    while time.monotonic() < end:
        chance = Random(seed)
        written = chance.choice([soup, damaged])(chance)
        begin = time.process_time()
        try:
            accepted += tried(written)
        except Exception as error:
            print(f"seed {seed}: {type(error).__name__}: {error}\n{written!r}")
            return 1
        slowest = max(slowest, time.process_time() - begin)
        seed += 1
    print(f"{seed - given.seed:,} texts, {accepted:,} accepted; only FormulaError left it; the slowest took "
          f"{1000 * slowest:.0f} ms")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())

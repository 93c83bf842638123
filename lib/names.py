"""Names close to one that was mistyped."""

from collections.abc import Iterable
from difflib import get_close_matches


def close_to(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that `name` was most likely meant to be, whatever its case; None where none is near."""
    by_lower = {known.lower(): known for known in names}
    near = get_close_matches(name[:100].lower(), by_lower, n=1)
    return by_lower[near[0]] if near else None

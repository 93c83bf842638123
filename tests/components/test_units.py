"""Large numbers in few digits."""

from components.units import compact


def test_three_digits_and_a_prefix() -> None:
    assert compact(999) == "999"
    assert compact(416_520) == "417\u202fk"
    assert compact(999_600) == "1\u202fM"
    assert compact(33_976, "B") == "34\u202fkB"
    assert compact(12, "B") == "12\u202fB"
    assert compact(0) == "0"

"""What students make themselves, from formulas and from rules: its kinds, and how it is read from what was saved."""

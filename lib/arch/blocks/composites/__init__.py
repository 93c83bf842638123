"""Composite blocks, by the networks that they come from."""

"""The shared code that draws; pages use it, and it uses lib."""

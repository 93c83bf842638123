"""Training: what a recipe says, and how a run follows it. This package's front imports no Keras."""

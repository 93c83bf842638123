"""From Blockyard's descriptions to Keras objects: models, optimizers."""

from lib.keras_bridge.build import build

__all__ = ["build"]

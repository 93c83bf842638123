"""A layer in Python, as if the sandbox had measured it."""

from lib.arch.own_python import Measured, MeasuredWeight, OwnPython

CODE = '''
class Scale(layers.Layer):
    """Seven sums of the channels."""

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], 7), name="kernel")
        self.shift = self.add_weight(shape=(7,), initializer="zeros", trainable=False, name="shift")

    def call(self, x):
        return ops.relu(x @ self.kernel + self.shift)
'''


def python_layer(*shapes, code=CODE, name="Scale"):
    """The layer, measured for one input of each of these shapes."""
    own = OwnPython(name=name, code=code)
    for shape in shapes:
        weights = (MeasuredWeight(name="kernel", shape=(shape[-1], 7), trainable=True),
                   MeasuredWeight(name="shift", shape=(7,), trainable=False))
        own = own.with_measured(Measured(text=own.digest, inputs=(shape,), output=(*shape[:-1], 7), weights=weights))
    return own

"""Runs exported files with Keras alone: reads a JSON list of jobs from its input, prints one result for each.

`python exported.py`, away from Blockyard. A job has a kind, the `code` of a file, the name to use of it, what goes in,
and perhaps the `twin` of Keras that shall give the same.
"""

import json
import sys

import keras
import numpy as np


def used(kind, thing, given):
    """What comes out of a function, or of an object of a class."""
    if kind in ("lambda", "activation"):
        return thing(*map(np.float32, given))
    if kind == "loss":
        return np.mean(thing(*map(np.float32, given)))
    if kind == "metric":
        metric = thing() if isinstance(thing, type) else thing
        if not isinstance(metric, keras.metrics.Metric):
            metric = keras.metrics.MeanMetricWrapper(thing)
        for batch in given:
            metric.update_state(*map(np.float32, batch))
        return metric.result()
    if kind == "layer":
        layer = thing() if isinstance(thing, type) else thing
        layer.build((None, *np.shape(given["x"])[1:]))
        for weight in layer.weights:
            weight.assign(given[weight.name])
        return layer(np.float32(given["x"]))
    if kind == "schedule":
        made = thing(**given["plan"])
        return [made(step) for step in given["steps"]]
    return rates(thing())


def rates(callback):
    """The learning rate of every epoch of a training with a callback."""
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1.0), "mse", metrics=["accuracy"], run_eagerly=True)
    kept = []
    record = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: kept.append(float(model.optimizer.learning_rate)))
    data = np.ones((4, 2), "float32"), np.zeros((4, 1), "float32")
    model.fit(*data, epochs=10, callbacks=[callback, record], validation_data=data, verbose=0)
    return kept


def main():
    results = []
    keras.utils.set_random_seed(1)
    for job in json.load(sys.stdin):
        space = {"__name__": "exported"}
        exec(compile(job["code"], job["name"], "exec"), space)
        found = {"out": np.asarray(used(job["kind"], space[job["name"]], job["given"]), float).tolist()}
        if job["twin"]:
            found["twin"] = np.asarray(used(job["kind"], eval(job["twin"]), job["given"]), float).tolist()
        results.append(found)
    assert not [name for name in sys.modules if name.split(".")[0] in ("lib", "components", "streamlit")]
    print(json.dumps(results))


main()

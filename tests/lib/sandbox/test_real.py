"""A layer in Python that tries to get out, measured and trained for real: it may do neither harm nor badly."""

import pytest

from lib.arch import CATALOGUE, Architecture, Node
from lib.arch.blocks.python_layer import PythonLayer
from lib.arch.own_python import OwnPython
from lib.executors.inline import InlineExecutor
from lib.runs.store import Store
from lib.sandbox.measure import measured
from lib.training.recipe import Recipe
from tests.lib.arch.python_layers import CODE

SHAPE = (32, 32, 3)
ATTEMPTS = '''
import ctypes, os, socket, subprocess, threading
from pathlib import Path

def tries():
    """With all that TensorFlow has started around it."""
    ways = [
        lambda: Path("/etc/passwd").read_text(), lambda: Path({secret!r}).read_text(), lambda: os.listdir("/proc"),
        lambda: Path("/proc/self/environ").read_text(), lambda: os.listdir(".."), lambda: Path({marker!r}).touch(),
        lambda: os.fork(), lambda: subprocess.run(["/bin/touch", {marker!r}]), lambda: socket.socket(),
        lambda: os.kill(os.getppid(), 0), lambda: os.symlink("/etc", "link"), lambda: os.memfd_create("x"),
        lambda: Path(keras.__file__).with_name("escaped.py").touch(), lambda: os.environ["SECRET"],
    ]
    for number, way in enumerate(ways):
        try:
            way()
        except (OSError, KeyError):
            continue
        raise RuntimeError(f"ESCAPED by way {{number}}")

tries()
for thread in [threading.Thread(target=tries) for _ in range(2)]:
    thread.start()
    thread.join()
print("nobody hears this", flush=True)
'''


class NoJob:
    """The worker's own job, which is not asked: this process never sees the code."""


@pytest.mark.slow
def test_it_is_measured_trained_and_kept_in(home, monkeypatch):
    monkeypatch.setenv("BLOCKYARD_TRUSTED_PYTHON", "1")
    monkeypatch.setenv("SECRET", "secret")
    secret, marker = home.parent / "secret", home.parent / "marker"
    secret.write_text("secret")
    own = OwnPython(name="Scale", code=ATTEMPTS.format(secret=str(secret), marker=str(marker)) + CODE)
    found = measured(own, (SHAPE,))
    assert (found.output, [weight.shape for weight in found.weights]) == ((32, 32, 7), [(3, 7), (7,)])
    store = Store()
    run = trained(store, own.with_measured(found))
    assert (run.state, run.epoch, run.reason) == ("finished", 2, None)
    kinds = [event.kind for event in store.events("me", run.id)]
    assert {"begin", "batches", "epoch", "checkpoint", "evaluation"} <= set(kinds)
    assert (run.folder / "model.keras").stat().st_size > 0
    assert not (run.folder / ".scratch").exists()
    assert not marker.exists()


def trained(store, own):
    """Train it for two epochs as a worker would."""
    architecture = Architecture({"image": SHAPE}, (
        Node("own", PythonLayer(layer=own), ("image",)),
        Node("pool", CATALOGUE["GlobalAveragePooling2D"](), ("own",)),
        Node("out", CATALOGUE["Dense"](units=10, activation="softmax"), ("pool",))), {"out": "out"})
    recipe = Recipe(data="shapes", train_images=200, epochs=2)
    store.submit("me", "own", architecture.to_json(), recipe.to_json(), 108)
    run = store.claim("inline")
    InlineExecutor(store, NoJob()).submit(run)
    return store.run("me", run.id)

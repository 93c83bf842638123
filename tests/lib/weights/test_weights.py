"""Weights of Keras in all of its files come in as they are, and what does not fit is said by layer and shape."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.arch import Architecture, presets
from lib.arch.network_file import read_network
from lib.errors import UserError
from lib.keras_bridge import build
from lib.weights import hdf5, reading, start
from lib.weights.fitting import fitted
from lib.weights.reading import opened_weights
from tests.attacks.exploits import cases

SMALL = {"format": "blockyard/1", "name": "s", "inputs": {"x": [4]}, "nodes": [
    {"id": "d", "block": "Dense", "config": {"units": 3}, "inputs": ["x"]}], "outputs": {"d": "d"}}  # fmt: skip
RICH = {"format": "blockyard/1", "name": "all", "inputs": {"image": [8, 8, 3]}, "nodes": [
    {"id": "conv", "block": "Conv2D", "config": {"filters": 4, "kernel_size": 3}, "inputs": ["image"]},
    {"id": "norm", "block": "BatchNormalization", "inputs": ["conv"]},
    {"id": "apart", "block": "SeparableConv2D", "config": {"filters": 4, "kernel_size": 3}, "inputs": ["norm"]},
    {"id": "known", "block": "Normalization", "inputs": ["apart"]},
    {"id": "bend", "block": "PReLU", "inputs": ["known"]},
    {"id": "again", "block": "Residual", "config": {"filters": 4}, "inputs": ["bend"]},
    {"id": "steps", "block": "Reshape", "config": {"target_shape": [16, 4]}, "inputs": ["again"]},
    {"id": "heads", "block": "MultiHeadAttention", "config": {"num_heads": 2, "key_dim": 3},
     "inputs": ["steps", "steps"]},
    {"id": "both", "block": "Bidirectional", "config": {"layer": {
        "block": "GRU", "config": {"units": 2, "return_sequences": True}}}, "inputs": ["heads"]},
    {"id": "each", "block": "TimeDistributed", "config": {"layer": {"block": "Dense", "config": {"units": 3}}},
     "inputs": ["both"]},
    {"id": "scale", "block": "LayerNormalization", "inputs": ["each"]},
    {"id": "first", "block": "LSTM", "config": {"units": 3}, "inputs": ["scale"]},
    {"id": "own", "block": "CustomLayer", "config": {"layer": {
        "name": "Mine", "weights": [{"name": "kernel", "shape": "channels, 2"}], "call": "tf.matmul(x, self.kernel)"}},
     "inputs": ["first"]},
    {"id": "twice", "shares": "own", "inputs": ["first"]},
    {"id": "sum", "block": "Add", "inputs": ["own", "twice"]}], "outputs": {"sum": "sum"}}  # fmt: skip


def network(described: dict[str, Any]) -> Architecture:
    return Architecture.from_json(json.dumps(described))


@pytest.fixture(scope="module")
def rich() -> tuple[Architecture, keras.Model]:
    """A network with every kind of layer that keeps its weights in its own way, with numbers of its own in each."""
    architecture = network(RICH)
    model = build(architecture, seed=1)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    chance = np.random.default_rng(0)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(chance.normal(size=weight.shape))
    return architecture, model


def files(model: keras.Model, folder: Path) -> Iterator[Path]:
    model.save_weights(folder / "w.weights.h5")
    model.save(folder / "m.keras")
    np.savez(folder / "n.npz", **{weight.path: weight.numpy() for weight in model.weights})
    yield from (folder / "w.weights.h5", folder / "m.keras", folder / "n.npz")


def test_keras_files_come_in_number_by_number(rich: tuple[Architecture, keras.Model], tmp_path: Path) -> None:
    architecture, model = rich
    for path in files(model, tmp_path):
        with path.open("rb") as file, opened_weights(file, path.name) as weights:
            start.write(tmp_path, fitted(weights, architecture))
        found = start.read(tmp_path)
        held = {layer.name: layer.get_weights() for layer in model.layers if layer.weights}
        assert found.keys() == held.keys(), path.name
        for name, arrays in held.items():
            assert all(map(np.array_equal, arrays, found[name])), (path.name, name)


def said(content: bytes, name: str = "w.h5", architecture: Architecture | None = None) -> str:
    with pytest.raises(UserError) as caught:
        read_all(content, name, architecture or network(SMALL))
    return str(caught.value)


def read_all(content: bytes, name: str, architecture: Architecture) -> None:
    with opened_weights(io.BytesIO(content), name) as weights:
        for arrays in fitted(weights, architecture).values():
            for array in arrays:
                array.read()


def h5(**arrays: Any) -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as opened:
        for name, array in arrays.items():
            opened[name.replace("__", "/")] = array
    return file.getvalue()


KERNEL, BIAS = np.zeros((4, 3), "f4"), np.zeros(3, "f4")


@pytest.mark.parametrize(("arrays", "sentence"), [
    ({"layers__d__vars__0": np.zeros((5, 3), "f4"), "layers__d__vars__1": BIAS},
     "d (kernel): expected weights of shape 4 × 3. Received: 5 × 3."),
    ({"layers__d__vars__0": KERNEL}, "d: expected 2 arrays: kernel, bias. Received: vars/0."),
    ({"layers__e__vars__0": KERNEL}, "d: expected weights of this layer in the file. Received: e."),
    ({"layers__d__vars__0": KERNEL, "layers__d__vars__1": BIAS, "layers__more__vars__0": BIAS},
     "more: expected weights of the layers of this network alone, which has none of this name."),
    ({"layers__d__vars__0": KERNEL.astype("i4"), "layers__d__vars__1": BIAS},
     "d (kernel): expected weights as float32. Received: <i4."),
    ({"layers__d__vars__0": KERNEL.astype("f8"), "layers__d__vars__1": BIAS},
     "w.h5: expected arrays of plain numbers, weights as float32."),
    ({"layers__d__vars__0": KERNEL, "layers__d__vars__1": BIAS + np.inf},
     "w.h5 (d): expected finite numbers alone. Received: inf."),
    ({"other": KERNEL}, "w.h5 (other): expected weights as Keras 3 saves them, of a network of plain layers."),
    ({"layers__d__vars__0": np.array([b"text"])}, "w.h5: expected arrays of plain numbers, weights as float32."),
])  # fmt: skip
def test_what_does_not_fit_is_said_by_layer_and_shape(arrays: dict[str, Any], sentence: str) -> None:
    assert said(h5(**arrays)) == sentence


def test_arrays_with_names_have_to_be_those_of_the_layer() -> None:
    def npz(**arrays: Any) -> bytes:
        file = io.BytesIO()
        np.savez(file, **arrays)
        return file.getvalue()

    assert "expected 2 arrays: kernel, bias" in said(npz(**{"d/bias": BIAS, "d/kernel": KERNEL}), "w.npz")
    assert "in rows (order C)" in said(npz(**{"d/kernel": np.asfortranarray(KERNEL), "d/bias": BIAS}), "w.npz")
    assert "called after layer and weight" in said(npz(kernel=KERNEL), "w.npz")
    assert "expected weights as .weights.h5" in said(b"", "w.pkl")


@pytest.mark.parametrize("missing", [1, 4, 12])
def test_an_array_that_is_shorter_than_its_header_says_is_refused(missing: int) -> None:
    """The archive states as many bytes as the header, and fewer can be unpacked."""
    whole, packed = io.BytesIO(), io.BytesIO()
    np.save(whole, BIAS)
    there, stated = (size.to_bytes(4, "little") for size in (len(whole.getvalue()) - missing, len(whole.getvalue())))
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("d/bias.npy", whole.getvalue()[:-missing])
    with opened_weights(io.BytesIO(packed.getvalue().replace(there, stated)), "w.npz") as weights:
        array = weights.layers["d"]["bias",]
        with pytest.raises(UserError, match=r"as numpy\.savez writes it"):
            array.read()


def test_weights_beside_a_network_with_code_are_not_read() -> None:
    (content,) = (content for name, kind, _ending, content in cases() if (name, kind) == ("CVE-2024-3660", "keras"))
    assert said(content, "m.keras") == ("m.keras: expected no code in the file; write the function of this Lambda as a "
                                        "formula instead. Received: Lambda.")


@pytest.fixture(scope="module")
def written() -> bytes:
    """A file of Keras, small, with a name on its layer."""
    file = io.BytesIO()
    with h5py.File(file, "w") as opened:
        group = opened.create_group("layers/dense/vars")
        group["0"], group["1"] = KERNEL, BIAS
        group.attrs["name"] = "d"
        opened.create_group("optimizer/vars")["0"] = np.int64(3)
    return file.getvalue()


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4), st.integers(0, 10**6))
def test_a_damaged_file_is_refused_or_read_as_it_is(written: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    damaged = bytearray(written)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    content = bytes(damaged[:len(damaged) - cut % 3 * (cut % len(damaged))])
    try:
        with opened_weights(io.BytesIO(content), "w.h5") as weights:
            for array in (array for layer in weights.layers.values() for array in layer.values()):
                assert array.read().nbytes <= len(content)
    except UserError as error:
        assert "\n" not in str(error)


def test_parts_that_lie_over_one_another_keep_nobody_busy(written: bytes) -> None:
    """A group whose list of members leads back to itself, over and over."""
    at = written.index(b"TREE")
    looped = bytearray(written)
    looped[at + 32:at + 40] = at.to_bytes(8, "little")
    with pytest.raises(UserError, match="in one place only"):
        hdf5.read(io.BytesIO(bytes(looped)), "w.h5")


def test_a_run_that_is_duplicated_begins_as_the_first_did(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    start.copy(first, second)
    assert start.read(second) == {}
    content = h5(layers__d__vars__0=KERNEL + 1, layers__d__vars__1=BIAS)
    with opened_weights(io.BytesIO(content), "w.h5") as weights:
        start.write(first, fitted(weights, network(SMALL)))
    start.copy(first, second)
    assert np.array_equal(start.read(second)["d"][0], KERNEL + 1)


def test_a_preset_takes_its_own_weights_only(tmp_path: Path) -> None:
    model = build(presets.load("lenet5"))
    model.save_weights(tmp_path / "w.weights.h5")
    content = (tmp_path / "w.weights.h5").read_bytes()
    with opened_weights(io.BytesIO(content), "w.h5") as weights:
        assert fitted(weights, presets.load("lenet5"))
    assert "expected weights of this layer in the file" in said(content, "w.h5", presets.load("mlp"))


def test_a_keras_file_that_is_compressed_is_read_up_to_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    architecture, path = network(SMALL), tmp_path / "m.keras"
    build(architecture, seed=1).save(path)
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as stored, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as again:
        for name in stored.namelist():
            again.writestr(name, stored.read(name))
    read_all(packed.getvalue(), "m.keras", architecture)
    monkeypatch.setattr(reading, "_MOST_COMPRESSED", 1000)
    assert "where they are compressed" in said(packed.getvalue(), "m.keras", architecture)
    read_all(path.read_bytes(), "m.keras", architecture)


def test_names_that_are_no_ids_here_fit_the_network_of_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="first-one"),
                      keras.layers.Dense(2, name="2nd.layer")]).save(path)
    with path.open("rb") as file:
        architecture = read_network(file, path.name)
    with path.open("rb") as file, opened_weights(file, path.name) as weights:
        assert list(fitted(weights, architecture)) == ["first_one", "n2nd_layer"]

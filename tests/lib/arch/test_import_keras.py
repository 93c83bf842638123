"""Configs of Keras as data: what is broken or hostile ends in one sentence, quickly, and nothing of it is run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from lib.arch import Architecture, analyse, presets
from lib.arch.blocks.opaque import Opaque
from lib.arch.import_keras import from_keras, from_keras_data
from lib.arch.network_file import read_network
from lib.errors import UserError


def layer(name: str, kind: str = "Dense", reads: list[str] | None = None, **config: Any) -> dict[str, Any]:
    calls = [{"args": [tensor(source) for source in reads], "kwargs": {}}] if reads else []
    return {"module": "keras.layers", "class_name": kind, "config": {"name": name, **config}, "registered_name": None,
            "name": name, "inbound_nodes": calls}  # fmt: skip


def tensor(name: str, call: int = 0, place: int = 0) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"shape": [None, 4], "keras_history": [name, call, place]}}


def image(name: str = "image", *shape: int) -> dict[str, Any]:
    return layer(name, "InputLayer", batch_shape=[None, *(shape or (4,))])


def functional(*layers: dict[str, Any], output: str = "", **changes: Any) -> str:
    last = output or layers[-1]["name"]
    config = {"name": "model", "layers": list(layers), "input_layers": ["image", 0, 0], "output_layers": [last, 0, 0]}
    return json.dumps({"module": "keras", "class_name": "Functional", "config": {**config, **changes}})


def sequential(*layers: Any, **config: Any) -> str:
    return json.dumps({"class_name": "Sequential", "config": {"name": "chain", "layers": list(layers), **config}})


def test_layers_stand_after_what_they_read_however_the_file_has_them() -> None:
    text = functional(layer("b", reads=["a"], units=2), layer("a", reads=["image"], units=3), image(), output="b")
    read = from_keras(text)
    assert [node.id for node in read.nodes] == ["a", "b"]
    assert analyse(read).total.parameters == 4 * 3 + 3 + 3 * 2 + 2


def test_names_become_ids() -> None:
    read = from_keras(functional(image(), layer("block/1 é", reads=["image"], units=2),
                                 layer("1x1", reads=["block/1 é"], units=2), layer("block_1", reads=["1x1"], units=2)))
    assert [node.id for node in read.nodes] == ["block_1", "n1x1", "block_1_2"]


def test_frozen_layers_stay_frozen_and_repeated_calls_share() -> None:
    twice = layer("d", reads=["image"], units=4, trainable=False)
    twice["inbound_nodes"].append({"args": [tensor("d")], "kwargs": {}})
    read = from_keras(functional(image(), twice, output_layers=["d", 1, 0]))
    assert [(node.shares, node.trainable) for node in read.nodes] == [(None, False), ("d", True)]
    assert analyse(read).total.trainable == 0


def test_configs_of_keras_2_are_read_too() -> None:
    dense = {"class_name": "Dense", "config": {"name": "d", "units": 3, "activation": "relu", "dtype": "float32"},
             "name": "d", "inbound_nodes": [[["image", 0, 0, {}]]]}  # fmt: skip
    first = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 4], "name": "image"}, "name": "image",
             "inbound_nodes": []}  # fmt: skip
    read = from_keras(functional(first, dense, input_layers=[["image", 0, 0]], output_layers=[["d", 0, 0]]))
    assert analyse(read).total.parameters == 15
    chain = from_keras(sequential({"class_name": "Dense", "config": {"name": "d", "units": 3,
                                                                     "batch_input_shape": [None, 4]}}))
    assert analyse(chain).total.parameters == 15


def test_arithmetic_with_numbers_is_a_rescaling() -> None:
    def operation(name: str, kind: str, *arguments: Any) -> dict[str, Any]:
        return {"module": "keras.src.ops.numpy", "class_name": kind, "config": {"name": name}, "name": name,
                "registered_name": kind, "inbound_nodes": [{"args": list(arguments), "kwargs": {}}]}  # fmt: skip

    read = from_keras(functional(
        image(), operation("a", "Subtract", 1.0, tensor("image")), operation("b", "Multiply", tensor("a"), 3),
        operation("c", "Add", tensor("b"), tensor("image")), operation("d", "Divide", tensor("c"), 2.0)))  # fmt: skip
    assert [node.block.config() for node in read.nodes if node.block] == [
        {"scale": -1.0, "offset": 1.0}, {"scale": 3.0}, {}, {"class_name": "Divide"}]  # fmt: skip


@pytest.mark.parametrize(
    ("config", "setting"),
    [
        ({"units": 2, "activation": {"module": "builtins", "class_name": "function", "config": "swoosh"}},
         "activation = swoosh"),
        ({"units": 2, "activation": "swoosh"}, "activation = swoosh"),
        ({"units": 100_000}, "units = 100000"),
        ({"units": 2, "kernel_constraint": {"class_name": "MaxNorm", "config": {}}}, "kernel_constraint = MaxNorm"),
        ({"units": 2, "kernel_initializer": {"class_name": "Odd", "config": {}}}, "kernel_initializer = Odd"),
        ({"units": 2, "kernel_initializer": {"module": "mine", "class_name": "Zeros", "config": {}}},
         "kernel_initializer = Zeros"),
        ({"units": 2, "lora_rank": 4}, "lora_rank = 4"),
    ],
)  # fmt: skip
def test_a_setting_that_no_block_has_makes_the_layer_opaque(config: dict[str, Any], setting: str) -> None:
    read = from_keras(functional(image(), layer("d", reads=["image"], **config), layer("e", reads=["d"], units=2)))
    assert read.nodes[0].block == Opaque(class_name="Dense", setting=setting)
    analysis = analyse(read)
    [problem] = [str(problem) for problem in analysis.problems]
    assert problem.startswith("d: expected a block in the place of Dense")
    assert problem.endswith(f"Received: {setting}.")
    assert analysis.nodes["e"].output_shape is None
    assert Architecture.from_json(read.to_json()) == read


@pytest.mark.parametrize(("module", "kind"), [
    ("keras_of_mine", "Dense"), ("../../mine", "Dense"), ("mine.ops", "Add"),
    ("mine.applications.convnext", "LayerScale"),
])
def test_a_layer_of_another_package_is_not_taken_for_that_of_keras(module: str, kind: str) -> None:
    theirs = {**layer("d", kind, reads=["image"], units=2), "module": module}
    assert from_keras(functional(image(), theirs)).nodes[0].block == Opaque(class_name=kind)


def cycle() -> str:
    return functional(image(), layer("a", reads=["b"], units=2), layer("b", reads=["a"], units=2))


def deep() -> str:
    inner = json.loads(sequential(image(), layer("d", units=2)))
    for level in range(9):
        inner["name"] = inner["config"]["name"] = f"level{level}"
        inner = json.loads(sequential(image(), inner))
    return json.dumps(inner)


def many_calls() -> str:
    """Models of two outputs that call each other 40 times on every level: 40 ** 4 layers, if all were read."""
    inner: dict[str, Any] = {}
    for level in range(5):
        body = []
        last = ["image", "image"]
        if inner:
            inner["inbound_nodes"] = [{"args": [tensor("image")], "kwargs": {}}] * 40
            body, last = [inner], [inner["name"], inner["name"]]
        config = {"name": f"m{level}", "layers": [image(), *body], "input_layers": ["image", 0, 0],
                  "output_layers": [[name, 0, place] for place, name in enumerate(last) if inner or not place] * 2}
        inner = {"class_name": "Functional", "config": config, "name": f"m{level}"}
    return json.dumps(inner)


LAMBDA = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=\n", "defaults": None, "closure": None}}
BROKEN = {
    "not a model": (json.dumps({"class_name": "Dense", "config": {}}), "file: expected a Sequential or functional"),
    "no class": (json.dumps({"config": {}}), 'file: expected an object with a "class_name"'),
    "no layers": (sequential() .replace("[]", "3"), "file.layers: expected a list of layers"),
    "a layer of the wrong type": (sequential(3), r"file.layers\[0\]: expected an object"),
    "a config of the wrong type": (sequential({"class_name": "Dense", "config": []}), r"file.layers\[0\]: expected an"),
    "two of a name": (sequential(image(), image()), r"file.layers\[1\].name: expected a name that no other"),
    "no shape": (sequential(layer("d", units=2)), "input: expected an InputLayer, or the shape"),
    "a huge shape": (sequential(image("image", 10**6, 10**6), layer("d", units=2)), "inputs.image: expected at most"),
    "a shape of the wrong type": (sequential(layer("x", "InputLayer", batch_shape="all")), "file: expected a shape"),
    "text for a number": (functional(image(), layer("d", reads=["image"], units="64")), "d.units: expected a whole"),
    "true for a number": (functional(image(), layer("d", reads=["image"], units=True)), "d.units: expected a whole"),
    "a field that is missing": (functional(image(), layer("d", reads=["image"])), "d.units: expected a value"),
    "a missing layer": (functional(image(), layer("d", reads=["gone"], units=2)), "d: expected to read a call"),
    "a missing output": (functional(image(), output_layers=["gone", 0, 0]), "file.output_layers: expected a layer"),
    "a missing call": (functional(image(), layer("d", reads=["image"], units=2), output_layers=["d", 7, 0]),
                       "d: expected an output of a call"),
    "a call of nothing": (functional(image(), {**layer("d", units=2), "inbound_nodes": [3]}, output="d"),
                          "d: expected a call that reads something"),
    "an input that is none": (functional(layer("d", units=2), input_layers=["d", 0, 0]), "d: expected an InputLayer"),
    "a circle": (cycle(), "a: expected a layer that does not wait for itself"),
    "itself": (functional(image(), layer("a", reads=["a"], units=2)), "a: expected a layer that does not wait"),
    "too deep": (deep(), "level[0-9]: expected at most 7 models inside each other|file: expected at most 32 levels"),
    "more calls than anyone can read": (many_calls(), "layers: expected at most 8000 calls"),
    "many layers": (sequential(*[{}] * 10_000), "file.layers: expected at most 2000 layers"),
    "a million nodes": (sequential(*[{}] * 1_000_000), "file: expected at most 2,000,000 characters"),
    "code": (functional(image(), layer("f", "Lambda", reads=["image"], function=LAMBDA)), "f: expected no code"),
    "code in a list": (functional(image(), layer("f", "Lambda", reads=["image"], function=["4wE=", None, None])),
                       "f: expected no code"),
    "code inside": (functional(image(), layer("t", "TimeDistributed", reads=["image"],
                                              layer=layer("f", "Lambda", function=LAMBDA))), "t: expected no code"),
    "a function of Keras": (functional(image(), layer("f", "Lambda", reads=["image"], function={
        "module": "keras.utils", "class_name": "function", "config": "get_file"})), "f: expected no code"),
    "code of Python": (functional(image(), layer("d", reads=["image"], units=2, kernel_initializer={
        "module": "builtins", "class_name": "function", "config": "eval"})), "d: expected layers that are described"),
    "a saved program": (functional(image(), layer("f", "TFSMLayer", reads=["image"])), "f: expected layers that are"),
    "a file": (functional(image(), layer("f", "StringLookup", reads=["image"], vocabulary="/etc/hostname")),
               "f: expected layers that are described by numbers alone; this file names other files"),
}  # fmt: skip


@pytest.mark.parametrize(("module", "name"), [
    ("keras.models", "load_model"), ("keras.src.models.model", "model_from_json"),
    ("keras.datasets.mnist", "load_data"),
    ("keras.preprocessing.image", "load_img"), ("keras.src.backend.config", "set_floatx"), ("numpy", "fromfile"),
    ("tensorflow.io", "read_file"), ("tensorflow.keras.utils", "get_file"), ("torch.hub", "load"), ("pty", "spawn"),
])
def test_a_function_that_acts_is_refused_wherever_it_stands(module: str, name: str) -> None:
    function = {"module": module, "class_name": "function", "config": name, "registered_name": name}
    as_class = {"module": module, "class_name": name, "config": {"name": "d"}}
    inside = functional(image(), layer("d", reads=["image"], units=2, activation=function))
    trained = json.loads(functional(image(), layer("d", reads=["image"], units=2))) | {"compile_config": {
        "optimizer": as_class}}
    for text in (inside, json.dumps(trained)):
        with pytest.raises(UserError, match="this file names code to be run"):
            from_keras(text)


@pytest.mark.parametrize(("module", "kind", "setting"), [
    ("keras.src.applications.convnext", "LayerScale", {"init_values": 1e-6, "projection_dim": 4}),
    ("keras.src.applications.inception_resnet_v2", "CustomScaleLayer", {"scale": 0.2}),
])
def test_the_layers_of_ready_made_networks_are_no_harm(module: str, kind: str, setting: dict[str, float]) -> None:
    theirs = {"module": module, "registered_name": kind}
    reads = ["image"] if kind == "LayerScale" else ["image", "image"]
    read = from_keras(functional(image("image", 8, 8, 4), layer("s", kind, reads=reads, **setting) | theirs))
    assert not analyse(read).problems


@pytest.mark.parametrize("module", ["keras.losses", "my_losses", "builtins", "keras.src.losses.losses",
                                    "tensorflow.python.keras.losses", "__main__"])
def test_functions_that_compute_and_those_of_the_author_are_no_harm(module: str) -> None:
    loss = {"module": module, "class_name": "function", "config": "my_loss", "registered_name": "my_loss"}
    trained = json.loads(functional(image(), layer("d", reads=["image"], units=2)))
    assert from_keras(json.dumps(trained | {"compile_config": {"optimizer": "adam", "loss": loss}})).nodes


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_or_hostile_ends_in_a_sentence(name: str) -> None:
    text, sentence = BROKEN[name]
    with pytest.raises(UserError, match=f"^({sentence})") as caught:
        from_keras(text)
    assert "\n" not in str(caught.value)


def whole() -> dict[str, Any]:
    """A config with everything that is read: layers, calls, a model inside, initializers, a wrapper."""
    inner = json.loads(sequential(image("inside"), layer("d", units=2, kernel_initializer={
        "module": "keras.initializers", "class_name": "RandomNormal", "config": {"mean": 0.0, "stddev": 0.1}})))
    inner |= {"name": "inner", "inbound_nodes": [{"args": [tensor("a")], "kwargs": {}}]}
    found: dict[str, Any] = json.loads(functional(
        image(), layer("a", reads=["image"], units=4, activation="relu"), inner,
        layer("c", "Concatenate", axis=-1) | {"inbound_nodes": [{"args": [[tensor("a"), tensor("inner")]],
                                                                 "kwargs": {}}]}))  # fmt: skip
    return found


def places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a JSON value."""
    yield here
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*here, key))


ODD = (None, True, -1, 0, 10**15, 0.5, "", "a", "image", "x" * 1000, [], {}, [[]], [None], {"class_name": "Dense"},
       ["a", 0, 0], ["a", -1, 10**9], {"class_name": "__lambda__", "config": {"code": "4wE="}}, [1] * 1000)  # fmt: skip


def test_any_value_anywhere_is_read_or_refused_in_a_sentence() -> None:
    """Every place of a config gets every odd value: never anything but an architecture or one sentence."""
    assert not analyse(from_keras(json.dumps(whole()))).problems
    read = refused = 0
    for place in list(places(whole()))[1:]:
        for odd in ODD:
            broken = whole()
            holder = broken
            for key in place[:-1]:
                holder = holder[key]
            holder[place[-1]] = odd
            try:
                analyse(from_keras_data(broken, "file"))
                read += 1
            except UserError as error:
                assert "\n" not in str(error)
                refused += 1
    assert read > 300
    assert refused > 300


def test_circles_through_models_and_calls_that_are_missing_inside_are_told() -> None:
    inner = json.loads(functional(image(), layer("x", reads=["y"], units=1), layer("y", reads=["x"], units=1)))
    inner |= {"name": "inner", "inbound_nodes": [{"args": [tensor("image")], "kwargs": {}}]}
    with pytest.raises(UserError, match=r"^x: expected a layer that does not wait for itself"):
        from_keras(functional(image(), inner))
    with pytest.raises(UserError, match=r"^a: expected a layer that does not wait for itself"):
        read_network(archive(cycle()))


def archive(config: str | bytes, **members: bytes) -> BytesIO:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as made:
        made.writestr("config.json", config)
        for name, content in members.items():
            made.writestr(name, content)
    file.seek(0)
    return file


def test_a_file_is_read_by_what_it_holds() -> None:
    text = functional(image(), layer("d", reads=["image"], units=2))
    read = from_keras(text)
    assert read_network(BytesIO(text.encode())) == read
    assert read_network(archive(text, **{"model.weights.h5": b"\0" * 1000})) == read
    lenet = presets.load("lenet5")
    assert read_network(BytesIO(lenet.to_json().encode())) == lenet


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (archive(b'{"x":"' + b" " * (20 << 20) + b'"}'), "file.config.json: expected at most 2,000,000"),
        (archive("{}", **{"../outside": b"x"}), "file: expected members whose names stay inside"),
        (archive("[" * 100_000), "file: expected at most 32 levels of nesting"),
        (archive("{}", **{f"{n:0200}": b"" for n in range(5000)}), "file: expected a .keras file with fewer members"),
        (BytesIO(archive("{}").getvalue()[:40]), "file: expected a .keras file that can be read"),
        (BytesIO(b"PK\x05\x06" + b"\0" * 18), "file: expected a member config.json"),
        (BytesIO(b"\x89HDF\r\n"), "file: expected text in UTF-8"),
    ],
)
def test_archives_that_are_none_or_too_much(file: BytesIO, sentence: str) -> None:
    with pytest.raises(UserError, match=f"^{sentence}"):
        read_network(file)

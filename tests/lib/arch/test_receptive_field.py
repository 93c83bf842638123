"""Receptive fields by hand and by what is published."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from lib.arch import CATALOGUE, Architecture, Node, presets, read_block
from lib.arch.receptive_field import Field, receptive_fields


def chain(shape: tuple[int | None, ...], *blocks: tuple[str, dict[str, Any]]) -> Architecture:
    nodes, source = [], "input"
    for number, (name, config) in enumerate(blocks):
        nodes.append(Node(f"n{number}", read_block(name, config, ""), (source,)))
        source = f"n{number}"
    return Architecture({"input": shape}, tuple(nodes), {"out": source})


def last(architecture: Architecture) -> tuple[Field, ...]:
    (output,) = architecture.outputs.values()
    return receptive_fields(architecture)[output]["input"]


def convolution(size: Any, strides: Any = 1, **more: Any) -> tuple[str, dict[str, Any]]:
    return "Conv2D", {"filters": 2, "kernel_size": size, "strides": strides, **more}


def numbers(field: Field) -> tuple[int | None, Any, int | None]:
    return field.size, field.stride, field.offset


VGG16 = [
    step for repeats in (2, 2, 3, 3, 3)
    for step in (*[convolution(3, padding="same")] * repeats, ("MaxPooling2D", {"strides": 2}))
]  # fmt: skip


def test_the_features_of_vgg16_see_212_pixels() -> None:
    """Araujo, Norris and Sim 2019, table 1: 212, stride 32, padding 90."""
    for field in last(chain((224, 224, 3), *VGG16)):
        assert numbers(field) == (212, 32, -90)


def test_a_free_size_changes_nothing_where_strides_divide_it() -> None:
    assert last(chain((None, None, 3), *VGG16)) == last(chain((224, 224, 3), *VGG16))


def test_lenet() -> None:
    fields = {name: found["input"] for name, found in receptive_fields(presets.load("lenet5")).items()}
    assert [field.size for field in fields["input"]] == [1, 1]
    assert {name: found[0].size for name, found in fields.items() if found[0].size} == {
        "input": 1, "c1": 5, "s2": 6, "c3": 14, "s4": 16,
    }  # fmt: skip
    assert fields["s4"][0].stride == 4
    assert all(field.everything for name in ("c5", "f6", "output") for field in fields[name])


def test_height_and_width_apart_and_dilation() -> None:
    high, wide = last(chain((40, 40, 1), convolution((3, 5), (2, 1)), convolution((3, 1), dilation_rate=2)))
    assert numbers(high) == (11, 2, 0)
    assert numbers(wide) == (5, 1, 0)


@pytest.mark.parametrize(("size", "offset"), [(16, 0), (15, -1)])
def test_same_pads_as_tensorflow_does(size: int, offset: int) -> None:
    assert numbers(last(chain((size, size, 1), convolution(3, 2, padding="same")))[0]) == (3, 2, offset)


def test_causal_looks_back_alone() -> None:
    config = {"filters": 2, "kernel_size": 3, "dilation_rate": 4, "padding": "causal"}
    assert numbers(last(chain((30, 1), ("Conv1D", config)))[0]) == (9, 1, -8)


def test_of_several_paths_all_is_held() -> None:
    """A dilated 3x3 (-2 to 2) and a 5x1 (0 to 0 wide): the smallest window that holds both."""
    nodes = (
        Node("one", read_block(*convolution((1, 3), padding="same", dilation_rate=2), ""), ("input",)),
        Node("two", read_block(*convolution((4, 1), padding="same"), ""), ("input",)),
        Node("both", CATALOGUE["Concatenate"](), ("one", "two")),
    )
    high, wide = last(Architecture({"input": (20, 20, 1)}, nodes, {"out": "both"}))
    assert numbers(high) == (4, 1, -1)
    assert numbers(wide) == (5, 1, -2)


def test_paths_of_different_strides_are_not_told() -> None:
    nodes = (
        Node("half", read_block(*convolution(2, 2), ""), ("input",)),
        Node("valid", read_block(*convolution(5), ""), ("input",)),
        Node("both", CATALOGUE["Concatenate"](), ("half", "valid")),
        Node("flat", CATALOGUE["Flatten"](), ("both",)),
    )
    architecture = Architecture({"input": (8, 8, 1)}, nodes, {"out": "flat"})
    field = receptive_fields(architecture)["both"]["input"][0]
    assert "strides" in field.reason
    assert numbers(field) == (None, None, None)
    assert last(architecture)[0].everything


def test_each_input_has_its_own_field_and_a_shared_layer_sees_from_where_it_stands() -> None:
    nodes = (
        Node("tower", read_block(*convolution(3, padding="same"), ""), ("left",)),
        Node("again", None, ("tower",), "tower"),
        Node("right_tower", None, ("right",), "tower"),
        Node("both", CATALOGUE["Add"](), ("again", "right_tower")),
    )
    architecture = Architecture({"left": (9, 9, 3), "right": (9, 9, 3)},
                                (Node("wide", read_block("Conv2D", {"filters": 3, "kernel_size": 1}, ""), ("left",)),
                                 *(node if node.id != "tower" else
                                   Node("tower", read_block("Conv2D", {"filters": 3, "kernel_size": 3,
                                                                       "padding": "same"}, ""), ("wide",))
                                   for node in nodes)), {"out": "both"})
    seen = receptive_fields(architecture)["both"]
    assert {name: numbers(fields[0]) for name, fields in seen.items()} == {"left": (5, 1, -2), "right": (3, 1, -1)}


def test_composites_are_looked_into() -> None:
    architecture = chain((32, 32, 8), ("Residual", {"filters": 8}), ("MaxPooling2D", {}))
    fields = receptive_fields(architecture)
    assert fields["n0.conv1"]["input"][0].size == 3
    assert numbers(fields["n0"]["input"][0]) == (5, 1, -2)
    assert numbers(last(architecture)[0]) == (6, 2, -2)
    squeezed = last(chain((32, 32, 8), ("SqueezeExcite", {})))
    assert all(field.everything for field in squeezed)


def test_what_enlarges_sees_more_or_less_from_pixel_to_pixel() -> None:
    doubled = chain((16, 16, 1), ("UpSampling2D", {}), convolution(3, padding="same"))
    field = last(doubled)[0]
    assert numbers(field) == (2, Fraction(1, 2), -1)
    assert [field.seen_from(o) for o in range(4)] == [(-1, 0), (0, 1), (0, 1), (1, 2)]
    thrice = last(chain((16, 16, 1), ("Conv2DTranspose", {"filters": 1, "kernel_size": 4, "strides": 3})))[0]
    assert (thrice.size, thrice.stride) == (2, Fraction(1, 3))
    back = last(chain((16, 16, 1), ("UpSampling2D", {}), ("MaxPooling2D", {})))[0]
    assert numbers(back) == (1, 1, 0)


def test_a_window_smaller_than_its_stride_leaves_gaps_and_is_not_told() -> None:
    gaps = ("Conv2DTranspose", {"filters": 1, "kernel_size": 2, "strides": 3})
    assert "gaps" in last(chain((8, 8, 1), gaps))[0].reason
    assert last(chain((8, 8, 1), gaps, ("GlobalAveragePooling2D", {})))[0].everything


def test_windows_that_repeat_too_late_are_not_told() -> None:
    high, wide = last(chain((2, 8, 1), *(("UpSampling2D", {"size": (times, 1)}) for times in (32, 33))))
    assert high.reason
    assert wide.size == 1


@pytest.mark.parametrize(("blocks", "sizes"), [
    ([("Reshape", {"target_shape": (8, -1)})], [1, "all"]),
    ([("Reshape", {"target_shape": (8, 6, 2, 2)})], [1, 1]),
    ([("Reshape", {"target_shape": (48, 4)})], ["?", "?"]),
    ([("Permute", {"dims": (2, 1, 3)}), convolution((3, 1))], [1, 3]),
    ([("Permute", {"dims": (3, 1, 2)})], [1, "all"]),
    ([("LayerNormalization", {"axis": 1})], ["all", 1]),
    ([("GroupNormalization", {"groups": 2})], ["all", "all"]),
    ([("Flatten", {})], ["all", "all"]),
])  # fmt: skip
def test_axes_that_are_laid_anew(blocks: list[tuple[str, dict[str, Any]]], sizes: list[Any]) -> None:
    found = last(chain((8, 6, 4), *blocks))
    assert [field.size or ("?" if field.reason else "all") for field in found] == sizes


def test_sequences_of_words_and_what_attends_to_them() -> None:
    words = [("Embedding", {"input_dim": 10, "output_dim": 4}), ("Conv1D", {"filters": 4, "kernel_size": 3})]
    assert [numbers(field) for field in last(chain((12,), *words))] == [(3, 1, 0)]
    encoder = ("TransformerEncoder", {"num_heads": 1, "key_dim": 2, "units": 3})
    assert last(chain((12,), *words, encoder))[0].everything
    assert last(chain((12,), *words, ("LSTM", {"units": 3, "return_sequences": True})))[0].everything


def test_what_is_cut_off_is_not_seen() -> None:
    cut = last(chain((10, 10, 1), ("Cropping2D", {"cropping": ((2, 1), (0, 0))}), ("Flatten", {})))
    assert numbers(cut[0]) == (7, None, 2)
    assert cut[1].everything
    padded = last(chain((10, 10, 1), ("ZeroPadding2D", {"padding": ((2, 1), (0, 0))}), convolution(3)))
    assert numbers(padded[0]) == (3, 1, -2)


def test_after_a_mistake_nothing_is_told() -> None:
    architecture = chain((8, 8, 1), convolution(3), convolution(20), convolution(1))
    assert set(receptive_fields(architecture)) == {"input", "n0"}

"""The networks of the gallery have exactly the parameters that their sources state."""

from __future__ import annotations

from math import prod

import pytest

from lib.arch import Architecture, analyse, gallery
from lib.errors import UserError

every_entry = pytest.mark.parametrize("entry", gallery.ENTRIES.values(), ids=list(gallery.ENTRIES))


@every_entry
def test_it_has_the_published_parameters(entry: gallery.Entry) -> None:
    analysis = analyse(entry.architecture)
    assert not analysis.problems
    counted = analysis.total.trainable if entry.counted == "trained" else analysis.total.parameters
    assert counted == entry.published
    assert analysis.outputs == {"predictions": (entry.classes,)}


@every_entry
def test_it_is_written_in_few_blocks_and_reads_back(entry: gallery.Entry) -> None:
    network = entry.architecture
    assert len(network.nodes) <= 30
    assert Architecture.from_json(network.to_json()) == network


@every_entry
def test_it_has_a_story_of_three_sentences_and_a_source(entry: gallery.Entry) -> None:
    assert entry.family.story.count(". ") == 2
    assert str(entry.family.year) in entry.family.source


@every_entry
def test_for_small_images_it_is_complete_or_not_offered(entry: gallery.Entry) -> None:
    for shape in ((28, 28, 1), (32, 32, 3)):
        network = entry.for_images(shape, 10)
        if network is not None:
            assert analyse(network).outputs == {"predictions": (10,)}
            assert network.inputs == {"input": shape}


def test_most_can_be_tried_on_cifar_10() -> None:
    taken = [name for name, entry in gallery.ENTRIES.items() if entry.for_images((32, 32, 3), 10)]
    assert {"resnet50", "densenet121", "efficientnet-b0", "vit-b16", "convnext-t", "xception"} <= set(taken)
    assert "alexnet" not in taken


@pytest.mark.parametrize(
    ("name", "macs"),
    [
        ("nin", 222_486_528),
        ("vgg16", 15_470_264_320),
        ("densenet121", 2_834_161_664),
        ("inception-v3", 5_713_216_096),
        ("googlenet", 1_582_671_872),
        ("xception", 8_357_403_496),
        ("mobilenet-v2", 300_774_272),
        ("efficientnet-b0", 385_814_752),
        ("resnet50v2", 3_482_255_360),
        ("convnext-t", 4_457_676_288),
    ],
)
def test_it_has_the_multiply_adds_of_the_same_network_in_keras(name: str, macs: int) -> None:
    assert analyse(gallery.get(name).architecture).total.macs == macs


def test_the_other_count_of_network_in_network_is_half_of_all_operations() -> None:
    """Twice the multiply-adds, biases among the additions; a ReLU for each value; a window for each pooled value."""
    entry = gallery.get("nin")
    operations = 0
    for report in analyse(entry.architecture).nodes.values():
        (given,), output, name = report.inputs, report.output_shape, report.block.name
        assert given is not None
        assert output is not None
        operations += 2 * report.macs
        if getattr(report.block, "activation", None) == "relu":
            operations += prod(size or 0 for size in output)
        if name in ("MaxPooling2D", "AveragePooling2D"):
            operations += 3 * 3 * prod(size or 0 for size in output)
        if name == "GlobalAveragePooling2D":
            operations += prod(size or 0 for size in given)
    assert operations // 2 == 222_968_448
    assert "222.97 million" in entry.note
    assert f"{analyse(entry.architecture).total.macs:,}" in entry.note


def test_googlenet_with_the_two_classifiers_on_the_way() -> None:
    """Each: a mean of 5x5 with stride 3, 128 convolutions of 1x1, 1024 and 1000 units (the paper's section 5)."""
    entry = gallery.get("googlenet")
    nodes = analyse(entry.architecture).nodes
    count = analyse(entry.architecture).total.parameters
    for name in ("inception4a", "inception4d"):
        shape = nodes[name].output_shape
        assert shape is not None
        assert shape[:2] == (14, 14)
        count += (shape[2] or 0) * 128 + 128 + 4 * 4 * 128 * 1024 + 1024 + 1024 * 1000 + 1000
    assert f"{count:,}" in entry.note


def test_no_network_is_missing() -> None:
    titles = {entry.title for entry in gallery.ENTRIES.values()}
    depths = {f"ResNet-{d}{v}" for d in (50, 101, 152) for v in ("", " V2")} | {"ResNet-18", "ResNet-34"}
    small = {f"ResNet-{d} (CIFAR-10)" for d in (20, 32, 44, 56, 110)} | {"ResNet-20 B (CIFAR-10)"}
    others = {
        "LeNet-5", "AlexNet", "VGG16", "VGG19", "Network in Network", "GoogLeNet (Inception v1)", "Inception v3",
        "WideResNet-28-10", "DenseNet-121", "DenseNet-169", "DenseNet-201", "DenseNet-BC-100-12", "Xception",
        "SqueezeNet 1.1", "MobileNet", "MobileNetV2", "MobileNetV3 Large", "MobileNetV3 Small", "ConvNeXt-T",
        "ViT-B/16", *(f"EfficientNet-B{d}" for d in range(8)),
    }  # fmt: skip
    assert titles == depths | small | others


def test_a_name_that_there_is_not() -> None:
    with pytest.raises(UserError, match="did you mean resnet50"):
        gallery.get("resnet-50")

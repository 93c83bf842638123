"""The networks of the gallery have exactly the parameters that their sources state."""

from __future__ import annotations

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
        ("xception", 8_357_403_496),
        ("mobilenet-v2", 300_774_272),
        ("efficientnet-b0", 385_814_752),
        ("resnet50v2", 3_482_255_360),
        ("convnext-t", 4_457_676_288),
    ],
)
def test_it_has_the_multiply_adds_of_the_same_network_in_keras(name: str, macs: int) -> None:
    assert analyse(gallery.get(name).architecture).total.macs == macs


def test_a_name_that_there_is_not() -> None:
    with pytest.raises(UserError, match="did you mean resnet50"):
        gallery.get("resnet-50")

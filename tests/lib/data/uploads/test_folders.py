"""A zip of class folders becomes a data set, whoever has made it and however."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from lib.data.uploads import Upload, read
from tests.lib.data.uploads.files import class_folders, picture, zipped


def uploaded(files: dict[str, bytes], side: int | None = None) -> Upload:
    return read(zipped(files), "pets.zip", side)


def test_the_names_of_the_folders_are_the_labels() -> None:
    found = uploaded(class_folders(("dog", "cat")))
    assert found.labels == ("cat", "dog")
    assert found.arrays.x_train.shape == (20, 10, 12, 3)
    assert found.arrays.x_test.shape == (4, 10, 12, 3)
    assert sorted(found.arrays.y_test) == [0, 0, 1, 1]
    for images, labels in ((found.arrays.x_train, found.arrays.y_train), (found.arrays.x_test, found.arrays.y_test)):
        assert (images[:, 0, 0, 0] == np.where(labels == 1, 10, 30)).all()


def test_grey_images_have_one_channel_and_one_in_colour_makes_all_coloured() -> None:
    files = class_folders(mode="L")
    assert uploaded(files).arrays.x_train.shape[3] == 1
    files["cat/more.jpg"] = picture(10, kind="JPEG")
    assert uploaded(files).arrays.x_train.shape[3] == 3


def test_train_and_test_may_stand_above_and_a_folder_around_it_all() -> None:
    files = class_folders(above="pets/train/") | class_folders(each=2, above="pets/Test/")
    found = uploaded(files)
    assert found.labels == ("cat", "dog")
    assert (len(found.arrays.y_train), len(found.arrays.y_test)) == (24, 4)


def test_numbers_stand_in_their_order() -> None:
    assert uploaded(class_folders(("10", "9", "1"))).labels == ("1", "9", "10")


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_korean_folders_keep_their_names_whatever_program_packed_them(encoding: str) -> None:
    stand_ins = {"X" * len(name.encode(encoding)): name.encode(encoding) for name in ("고양이", "개")}
    packed = zipped(class_folders(tuple(stand_ins))).getvalue()
    for stand_in, name in stand_ins.items():
        packed = packed.replace(f"{stand_in}/".encode(), name + b"/")
    assert read(io.BytesIO(packed), "동물.zip").labels == ("개", "고양이")


def test_the_most_frequent_size_is_taken_and_nothing_is_squeezed() -> None:
    files = class_folders()
    wide = Image.new("RGB", (40, 10), "white")
    wide.paste((200, 0, 0), (14, 0, 26, 10))
    file = io.BytesIO()
    wide.save(file, "PNG")
    files["cat/wide.png"] = file.getvalue()
    found = uploaded(files)
    assert found.arrays.x_train.shape[1:3] == (10, 12)
    images = np.concatenate([found.arrays.x_train, found.arrays.x_test])
    assert any((image[:, 1:-1] == (200, 0, 0)).all() for image in images), "the middle of the wide one"


def test_a_size_can_be_chosen_and_large_images_become_smaller() -> None:
    assert uploaded(class_folders(), side=32).arrays.x_train.shape[1:] == (32, 32, 3)
    assert uploaded(class_folders(size=(400, 200))).arrays.x_train.shape[1:] == (48, 96, 3)


def test_transparent_parts_are_white_and_sixteen_bits_keep_their_shade() -> None:
    clear, deep = io.BytesIO(), io.BytesIO()
    Image.new("RGBA", (12, 10), (0, 0, 0, 0)).save(clear, "PNG")
    Image.fromarray(np.full((10, 12), 40_000, np.uint16)).save(deep, "PNG")
    files = class_folders(("a", "b"), each=11)
    files |= {f"clear/{number}.png": clear.getvalue() for number in range(3)}
    files |= {f"deep/{number}.png": deep.getvalue() for number in range(3)}
    found = uploaded(files).arrays
    assert (found.x_train[found.y_train == 2] == 255).all()
    assert (found.x_train[found.y_train == 3] == 40_000 >> 8).all()


def test_a_photograph_taken_upright_stands_upright() -> None:
    turned = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20), "white").save(turned, "JPEG", exif=exif)
    files = {f"{label}/{number}.jpg": turned.getvalue() for label in "ab" for number in range(12)}
    assert uploaded(files).arrays.x_train.shape[1:3] == (40, 20)


def test_what_file_managers_leave_is_passed_over() -> None:
    files = class_folders() | {"__MACOSX/cat/._0.png": b"x", "cat/.DS_Store": b"x", "dog/Thumbs.db": b"x"}
    assert len(uploaded(files).arrays.y_train) == 20


def test_what_old_windows_and_macs_pack_is_read() -> None:
    files = {name.replace("/", "Q"): content for name, content in class_folders().items()}
    packed = zipped(files | {"emptyQ": b"", "cat/IconR": b""}).getvalue()
    for before in (*files, "emptyQ"):
        packed = packed.replace(before.encode(), before.replace("Q", "\\").encode())
    found = read(io.BytesIO(packed.replace(b"cat/IconR", b"cat/Icon\r")), "pets.zip")
    assert found.labels == ("cat", "dog")


def test_the_same_file_gives_the_same_data_set() -> None:
    one, other = uploaded(class_folders()), uploaded(class_folders())
    assert all((a == b).all() for a, b in zip(one.arrays, other.arrays, strict=True))


def test_progress_goes_from_nothing_upwards() -> None:
    told: list[float] = []
    read(zipped(class_folders()), "pets.zip", progress=told.append)
    assert told == sorted(told)
    assert 0 <= told[0] < told[-1] <= 1

"""What a file may try, and the one sentence that it meets."""

from __future__ import annotations

import io
import stat
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL.PngImagePlugin import PngImageFile

from lib.data.uploads import archive as checks
from lib.data.uploads import folders, read
from lib.data.uploads.pictures import look
from lib.errors import UserError
from tests.lib.data.uploads.files import class_folders, huge_png, many_scans, npy, picture, saved, zipped

IMAGE = picture(3)
HEADER = b"{'descr': '|u1', 'fortran_order': False, 'shape': (%s)}\n"
LABELS = np.arange(40) % 4


def special(name: str, mode: int) -> io.BytesIO:
    file = zipped(class_folders())
    with zipfile.ZipFile(file, "a") as archive:
        entry = zipfile.ZipInfo(name)
        entry.create_system, entry.external_attr = 3, mode << 16
        archive.writestr(entry, "target")
    return file


def raw(name: bytes) -> io.BytesIO:
    """An archive with a member whose name `zipfile` would not write."""
    packed = zipped({"x" * len(name): IMAGE}).getvalue()
    return io.BytesIO(packed.replace(b"x" * len(name), name))


def encrypted() -> io.BytesIO:
    packed = bytearray(zipped({"cat/a.png": IMAGE}).getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(signature) + offset] |= 1
    return io.BytesIO(bytes(packed))


ZIPS: dict[str, tuple[io.BytesIO, str]] = {
    "path above": (zipped({"../../evil.png": IMAGE}), "expected a path inside the archive"),
    "absolute path": (zipped({"/etc/a.png": IMAGE}), "expected a path inside the archive"),
    "backslashes": (raw(b"..\\..\\x.png"), "expected a path inside the archive"),
    "a share": (raw(b"\\\\host\\x.png"), "expected a path inside the archive"),
    "backslashes in between": (raw(b"cat\\..\\..\\x.png"), "expected a path inside the archive"),
    "drive letter": (zipped({"C:/x.png": IMAGE}), "expected a path inside the archive"),
    "end of text": (raw(b"cat/a.png\0.exe"), "expected a path inside the archive"),
    "link": (special("cat/link.png", stat.S_IFLNK | 0o777), "not a link or a device"),
    "device": (special("cat/dev.png", stat.S_IFBLK | 0o666), "not a link or a device"),
    "deep": (zipped({"cat/" + "a/" * 500 + "x.png": IMAGE}), "expected at most 7 folders inside one another"),
    "password": (encrypted(), "without a password"),
    "swells": (zipped({"cat/a.png": bytes(50_000_000)}), "at most 100 times larger than in the archive"),
    "zip in zip": (zipped({"cat/a.zip": zipped({"cat/b.png": IMAGE}).getvalue()}), "no archive inside the archive"),
    "drawing": (zipped({"cat/a.svg": b"<svg onload=alert(1)>"}), "PNG and JPEG images alone"),
    "text as image": (zipped({"cat/a.png": b"<script>alert(1)</script>"}), "expected a PNG or JPEG image"),
    "gif as png": (zipped({"cat/a.png": b"GIF89a" + bytes(30)}), "expected a PNG or JPEG image"),
    "half an image": (zipped(class_folders() | {"cat/a.png": picture(9, (99, 99))[:60]}), "expected a whole PNG or"),
    "huge image": (zipped({"cat/a.png": huge_png()}), "expected at most 30 million pixels"),
    "many pixels": (zipped({"cat/a.png": picture(0, (6000, 6000), "L")}), "expected at most 30 million pixels"),
    "markup as class": (zipped({"<img src=x onerror=alert(1)>/a.png": IMAGE}), "expected a class whose name has"),
    "no class": (zipped({"a.png": IMAGE, "b.png": IMAGE}), "in the folder of its class"),
    "folder in class": (zipped(class_folders() | {"cat/more/a.png": IMAGE}), "in the folder of its class"),
    "case of files": (zipped(class_folders() | {"cat/A.png": IMAGE, "cat/a.png": IMAGE}), "more than capital letters"),
    "case of classes": (zipped(class_folders() | {"CAT/z.png": IMAGE}), "more than capital letters"),
    "litter alone": (zipped({"cat/__MACOSX/._a.png": b"x", ".DS_Store": b"x"}), "expected folders with PNG or JPEG"),
    "empty": (zipped({}), "expected folders with PNG or JPEG images"),
    "one class": (zipped(class_folders(("cat",))), "expected from 2 to 100 classes"),
    "101 classes": (zipped(class_folders(tuple(map(str, range(101))), 1)), "expected from 2 to 100 classes"),
    "class in test alone": (zipped(class_folders(above="train/") | {"test/emu/a.png": IMAGE}), "3 images of each"),
    "long name": (zipped({f"{'a' * 300}/a.png": IMAGE}), "a name of 1 to 40 characters"),
    "a hundred scans": (zipped(class_folders() | {"cat/a.jpg": many_scans(picture(9, kind="JPEG"), 100)}),
                        "expected a JPEG of at most 30 scans"),
    "no zip": (io.BytesIO(b"PK\x03\x04 nothing"), "expected a whole .zip or .npz archive"),
    "nothing": (io.BytesIO(b""), "expected a whole .zip or .npz archive"),
    "cut off": (io.BytesIO(zipped(class_folders()).getvalue()[:-40]), "expected a whole .zip or .npz archive"),
}
NPZS: dict[str, tuple[io.BytesIO, str]] = {
    "objects": (saved(images=np.array([{"a": 1}] * 40, object), labels=LABELS), "plain numbers or words"),
    "records": (saved(images=np.zeros(40, [("a", "f4")]), labels=LABELS), "plain numbers or words"),
    "complex": (saved(images=np.zeros((40, 2, 2), "c16"), labels=LABELS), "plain numbers or words"),
    "dates": (saved(images=np.zeros((40, 2, 2), "M8[D]"), labels=LABELS), "plain numbers or words"),
    "not a number": (saved(images=np.full((40, 2, 2), np.nan), labels=LABELS), "numbers from 0 to 255"),
    "without end": (saved(images=np.full((40, 2, 2), np.inf), labels=LABELS), "numbers from 0 to 255"),
    "negative shape": (zipped({"images.npy": npy(HEADER % b"-1,"), "labels.npy": b""}), "as large as its header says"),
    "large header": (zipped({"images.npy": npy(b"(" * 60_000), "labels.npy": b""}), "as numpy.savez writes it"),
    "code": (zipped({"images.npy": npy(b"{'descr': __import__('os').system('id'), 'fortran_order': False, 'shape': (1,)"
                                       b"}\n"), "labels.npy": b""}), "as numpy.savez writes it"),
    "more than there is": (zipped({"images.npy": npy(HEADER % b"10**9,".replace(b"10**9", b"1000000000"), b"1"),
                                   "labels.npy": b""}), "as large as its header says"),
    "a quarter gigabyte": (saved(images=np.zeros((256, 1024, 1024), np.uint8), labels=LABELS), "when unpacked"),
    "five axes": (saved(images=np.zeros((40, 1, 1, 1, 1), "u1"), labels=LABELS), "expected images of shape"),
    "tiny images": (saved(images=np.zeros((400_000, 1, 1), "u1"), labels=np.zeros(400_000, "u1")),
                    "expected at most 300,000 images"),
    "names without end": (saved(images=np.zeros((40, 2, 2), "u1"), labels=LABELS, class_names=np.full(2000, "a")),
                          "expected a row of different words"),
    "path above": (zipped({"../../evil.npy": b"x"}), "expected a path inside the archive"),
    "many arrays": (saved(**{f"a{number}": np.zeros(1) for number in range(500)}), "expected at most 20 arrays"),
    "one array": (io.BytesIO(b"\x93NUMPY"), "expected a whole .zip or .npz archive"),
    "nothing": (io.BytesIO(b""), "expected a whole .zip or .npz archive"),
    "no arrays": (io.BytesIO(b"PK\x05\x06" + bytes(18)), "expected the arrays x_train and y_train"),
    "markup as class": (saved(images=np.zeros((40, 2, 2), "u1"), labels=np.array(["<b>", "x"])[LABELS % 2]),
                        "expected a class whose name has"),
}


def refused(file: io.BytesIO, name: str) -> str:
    with pytest.raises(UserError) as raised:
        read(file, name)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400
    return str(raised.value)


@pytest.mark.parametrize("attack", ZIPS)
def test_a_zip_is_refused(attack: str) -> None:
    file, sentence = ZIPS[attack]
    assert sentence in refused(file, "attack.zip")


@pytest.mark.parametrize("attack", NPZS)
def test_an_npz_is_refused(attack: str, capfd: pytest.CaptureFixture[str]) -> None:
    file, sentence = NPZS[attack]
    assert sentence in refused(file, "attack.npz")
    assert not capfd.readouterr().out


def test_only_the_two_kinds_of_file_are_read() -> None:
    assert "expected an .npz file of arrays, or a .zip file" in refused(zipped(class_folders()), "model.keras")


def test_more_members_than_anyone_needs_are_refused_before_they_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "MOST_MEMBERS", 10)
    file = zipped(class_folders())

    def listed(*_arguments: Any) -> None:
        raise AssertionError("the list of members was read")

    with monkeypatch.context() as patched:
        patched.setattr(zipfile, "ZipFile", listed)
        assert "at most 10 files" in refused(file, "many.zip")


def test_a_list_of_members_that_states_fewer_than_it_has_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "MOST_MEMBERS", 10)
    packed = bytearray(zipped(class_folders()).getvalue())
    packed[-14:-10] = b"\1\0\1\0"
    assert "expected at most 10 files" in refused(io.BytesIO(bytes(packed)), "many.zip")


def test_a_bomb_takes_no_memory() -> None:
    bombs = [ZIPS["swells"][0], ZIPS["huge image"][0]]
    tracemalloc.start()
    for bomb in bombs:
        refused(bomb, "bomb.zip")
    refused(NPZS["a quarter gigabyte"][0], "bomb.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.parametrize("arrays", [
    {"images": np.zeros((40, 10, 10, 10, 1500), "u1"), "labels": LABELS},
    {"images": np.zeros((40, 1000, 1000), "u1"), "labels": np.zeros(7, "u1")},
    {"images": np.zeros((40, 2, 2), "u1"), "labels": LABELS, "class_names": np.full(4_000_000, "a")},
], ids=["five axes", "other labels", "names"])
def test_arrays_that_no_data_set_has_are_not_read(arrays: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "SMALL", 1 << 30)
    file = saved(**arrays)
    tracemalloc.start()
    refused(file, "attack.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_images_of_one_colour_cannot_keep_the_machine_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_MOST_PIXELS", 10_000)
    decoded = []
    monkeypatch.setattr(folders, "picture", lambda *_arguments: decoded.append(1))
    assert "million pixels together" in refused(zipped(class_folders(size=(50, 50))), "attack.zip")
    assert not decoded


def test_a_look_at_a_png_decodes_no_pixel(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_arguments: Any) -> None:
        raise AssertionError("pixels were decoded")

    monkeypatch.setattr(PngImageFile, "load", load)
    with checks.opened(zipped({"cat/a.png": IMAGE}), "x.zip") as archive:
        assert look(archive, checks.members(archive, "x.zip")[0]).size == (10, 12)


def test_nothing_is_written_and_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for attack in ("path above", "absolute path", "backslashes", "link"):
        refused(ZIPS[attack][0], "attack.zip")
    assert list(tmp_path.iterdir()) == []


@given(st.integers(0, 2000), st.binary(min_size=1, max_size=8), st.sampled_from(["zip", "npz"]))
def test_a_file_with_any_bytes_changed_is_read_or_refused(at: int, changed: bytes, kind: str) -> None:
    whole = (zipped(class_folders(each=10)) if kind == "zip" else
             saved(images=np.zeros((40, 4, 4), np.uint8), labels=LABELS)).getvalue()
    start = at % len(whole)
    try:
        read(io.BytesIO(whole[:start] + changed + whole[start + len(changed):]), f"any.{kind}")
    except UserError as error:
        assert "\n" not in str(error)

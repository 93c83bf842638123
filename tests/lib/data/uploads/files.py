"""Archives as people make them, and as people make them who mean harm."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image


def picture(shade: int, size: tuple[int, int] = (12, 10), mode: str = "RGB", kind: str = "PNG") -> bytes:
    """An image of one shade; `size` is width and height."""
    file = io.BytesIO()
    Image.new("L", size, shade).convert(mode).save(file, kind)
    return file.getvalue()


def zipped(files: Mapping[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


def class_folders(labels: tuple[str, ...] = ("cat", "dog"), each: int = 12, above: str = "",
                  **options: Any) -> dict[str, bytes]:
    """So many images of each class; those of a class have the shade of its place."""
    return {f"{above}{label}/{number}.png": picture(10 + 20 * place, **options)
            for place, label in enumerate(labels) for number in range(each)}


def saved(**arrays: Any) -> io.BytesIO:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file


def huge_png() -> bytes:
    """A PNG whose header promises 60,000 x 60,000 pixels."""
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b""))


def npy(header: bytes, content: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + content


def many_scans(jpeg: bytes, scans: int) -> bytes:
    """A JPEG whose only scan comes so many times."""
    start, end = jpeg.index(b"\xff\xda"), jpeg.rindex(b"\xff\xd9")
    return jpeg[:start] + jpeg[start:end] * scans + jpeg[end:]

"""One PNG or JPEG out of an archive, decoded with care."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from lib.data.uploads.archive import Member
from lib.errors import UserError, Words, shortened
from lib.i18n import N_

ENDINGS: Final = (".png", ".jpg", ".jpeg")
_FORMATS: Final = ("PNG", "JPEG")
_MOST_PIXELS: Final = 30_000_000
_MOST_SCANS: Final = 30
"""Programs write ten or so; a scan of a few bytes makes a decoder go through the whole image once more."""
_SCAN: Final = b"\xff\xda"
_TOO_LARGE: Final = N_("expected at most {most} million pixels; make the image smaller")
_LARGEST_FILE: Final = 30_000_000
# Pillow's warning comes from three times as many pixels as are taken here.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)
_ORIENTATION: Final = 0x0112
_LYING: Final = 5
"""From this orientation on, height and width of a photograph change places."""
_GREY: Final = ("1", "L", "LA", "I;16", "I;16B", "I")


class Look(NamedTuple):
    """What the header of an image says: height, width, and whether it has no colour."""

    size: tuple[int, int]
    grey: bool


def look(archive: zipfile.ZipFile, member: Member) -> Look:
    """The size of an image, of which no pixel is decoded.

    Raises:
        UserError: it is no PNG or JPEG, or one that is too large.
    """
    with _opened(archive, member) as image:
        width, height = image.size
        # Of a PNG that says nothing of it in its header, Pillow would decode every pixel to find out.
        known = image.format != "PNG" or "exif" in image.info
        lying = known and image.getexif().get(_ORIENTATION, 1) >= _LYING
        return Look((width, height) if lying else (height, width), image.mode in _GREY)


def picture(archive: zipfile.ZipFile, member: Member, size: tuple[int, int], grey: bool) -> NDArray[np.uint8]:
    """The image as uint8 of `size` (height, width) and 1 or 3 channels.

    It keeps its proportions: what does not fit is cut off at two sides. Transparent parts become white.

    Raises:
        UserError: it is broken.
    """
    height, width = size
    with _opened(archive, member) as image:
        image.draft("L" if grey else "RGB", (2 * width, 2 * height))  # a JPEG is decoded in a smaller size at once
        upright = ImageOps.exif_transpose(_eight_bits(image))
        if upright.has_transparency_data:
            layer = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
        plain = upright.convert("L" if grey else "RGB")
        fitted = plain if plain.size == (width, height) else ImageOps.fit(plain, (width, height))
        return np.asarray(fitted, np.uint8).reshape(height, width, 1 if grey else 3)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Pillow cuts values of 16 bits off at 255, where their upper half is meant."""
    if image.mode not in ("I;16", "I;16B", "I"):
        return image
    return Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).clip(0, 255).astype(np.uint8))


@contextmanager
def _opened(archive: zipfile.ZipFile, member: Member) -> Iterator[Image.Image]:
    if member.entry.file_size > _LARGEST_FILE:
        raise UserError(member.place, N_("expected an image file of at most {most} MB; make it smaller"),
                        f"{member.entry.file_size / 1e6:,.0f} MB", most=_LARGEST_FILE // 10**6)
    most = {"most": _MOST_PIXELS // 10**6}
    try:
        packed = archive.read(member.entry)
        with Image.open(BytesIO(packed), formats=_FORMATS) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise UserError(member.place, _TOO_LARGE, f"{image.width} × {image.height}", **most)
            if image.format != "PNG" and packed.count(_SCAN) > _MOST_SCANS:
                raise UserError(member.place, N_("expected a JPEG of at most {most} scans; save it anew"),
                                packed.count(_SCAN), most=_MOST_SCANS)
            yield image
    except UserError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UserError(member.place, _TOO_LARGE, str(error), **most) from error
    except UnidentifiedImageError as error:
        raise UserError(member.place, N_("expected a PNG or JPEG image; save it as one, or remove it"),
                        Words(N_("something else"))) from error
    except Exception as error:  # a hostile image can fail in any way
        raise UserError(member.place, N_("expected a whole PNG or JPEG image; save it anew, or remove it"),
                        shortened(f"{type(error).__name__}: {error}")) from error

"""Images of one's own, read out of a file that nobody vouches for: an `.npz`, or a `.zip` of class folders.

Nothing in such a file is run or unpacked to the disk, and no memory is taken before the sizes that it states have been
checked. Imports neither keras, tensorflow nor streamlit.
"""

from lib.data.uploads.reading import ENDINGS, read
from lib.data.uploads.result import LARGEST_SIDE, Upload

__all__ = ["ENDINGS", "LARGEST_SIDE", "Upload", "read"]

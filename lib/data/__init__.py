"""Data sets: which there are, where they are found, and how the training images are split.

Imports neither keras, tensorflow nor streamlit.
"""

from lib.data.catalogue import DATASETS, DatasetInfo
from lib.data.dataset import SOURCES, Dataset, Source
from lib.data.infos import info, title
from lib.data.remote import download
from lib.data.sources import available, data_file, load
from lib.data.split import Split, split, split_sizes

__all__ = ["DATASETS", "SOURCES", "Dataset", "DatasetInfo", "Source", "Split", "available", "data_file",
           "download", "info", "load", "split", "split_sizes", "title"]

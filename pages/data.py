"""The images that a network learns from."""

import streamlit as st

from components import data_files, data_view
from lib.i18n import _

st.title(_("Data"))
info = data_view.choose()
dataset = data_view.loaded(info)
if dataset:
    data_view.show(dataset)
data_files.files(info)

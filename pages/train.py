"""Choose how to train, and watch it learn."""

import streamlit as st

from lib.i18n import _

st.title(_("Train"))

"""Put a network together from blocks."""

import streamlit as st

from lib.i18n import _

st.title(_("Build"))

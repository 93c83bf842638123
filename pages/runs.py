"""What has been trained."""

import streamlit as st

from components.run_table import draw_runs
from lib.i18n import _

st.title(_("Runs"))
draw_runs()

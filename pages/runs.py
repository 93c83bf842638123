"""What has been trained."""

import streamlit as st

from components.move_page import draw_link
from components.run_table import draw_runs
from lib.i18n import _

st.title(_("Runs"))
draw_runs()
draw_link()

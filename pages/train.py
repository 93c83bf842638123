"""Choose how to train, and watch it learn."""

import streamlit as st

from components.run_view import draw_run
from lib.i18n import _

st.title(_("Train"))
run_id = st.query_params.get("run")
if run_id:
    draw_run(run_id)

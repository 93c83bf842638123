"""Choose how to train, and watch it learn."""

import streamlit as st

from components import session
from components.run_view import draw_run
from components.train_start import RUN, draw_start
from lib.i18n import _

session.start()
st.title(_("Train"))
run_id = st.query_params.get(RUN)
if not run_id or not draw_run(run_id):
    draw_start()

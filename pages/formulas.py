"""Make layers, activations, losses, metrics and callbacks of your own, as formulas."""

import streamlit as st

from components import session
from components.own_page import draw_formulas
from components.own_style import style
from lib.i18n import _

session.start()
style()
st.title(_("Formulas"))
draw_formulas()

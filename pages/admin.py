"""What the administrator of a server sees and steers."""

import streamlit as st

from components.admin_view import draw_admin
from lib.i18n import _

st.title(_("Admin"))
draw_admin()

"""Published architectures, to be read about, opened and changed."""

import streamlit as st

from components import session
from components.build_style import style
from components.gallery_view import draw_gallery
from lib.i18n import _

session.start()
style()
st.title(_("Gallery"))
draw_gallery()

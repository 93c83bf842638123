"""Put a network together from blocks."""

import streamlit as st

from components import session
from components.build_bar import bar, notices
from components.build_style import style
from components.canvas import canvas
from components.code_view import beside, code_below
from components.cost_table import cost_table
from components.editor import cards
from components.editor_mode import CANVAS, editor_mode
from components.headline import headline
from components.history_buttons import count_presses
from components.nesting import gather_dialog
from components.palette import palette_dialog
from components.preset_dialog import preset_dialog
from components.take_along import take_along_dialog
from lib.i18n import _

session.start()
architecture = session.architecture()

style()
bar(architecture)
notices()
headline(architecture, session.before(), session.recipe())
if editor_mode() == CANVAS:
    canvas(architecture)
    code_below(architecture)
else:
    editor, picture = st.columns([13, 9], gap="medium")
    with editor:
        cards(architecture)
    with picture, st.container(key="picture", border=True):
        beside(architecture)
st.subheader(_("Cost"))
cost_table(architecture, session.recipe())
palette_dialog()
gather_dialog()
preset_dialog()
take_along_dialog(architecture)
count_presses()

"""Everything in Blockyard that is not drawing; never imports streamlit."""

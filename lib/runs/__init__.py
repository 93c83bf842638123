"""Drafts and runs: what is kept, who may see it, and the process that keeps trainings going."""

"""Corpora: one normalised sentence a line."""

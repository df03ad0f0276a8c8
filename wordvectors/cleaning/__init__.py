"""Cleaning: from raw documents to a corpus, by one documented definition."""

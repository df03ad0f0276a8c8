"""A run's report: one page of HTML that needs nothing but itself.

`contents` says what is on it, `word_map`, `words` and `wrong_pairs` work it out, `page` writes it. Needs
numpy and scikit-learn.
"""

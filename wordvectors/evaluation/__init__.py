"""Word-pair evaluation: the pairs, Spearman's rho with its coverage, and the shape of eval.json.

`certainty`, `sets`, `scores` and `word_pairs` need the standard library only, so a Lambda function can read what a
job wrote and check a plan; the others need numpy, and `paired` scipy.
"""

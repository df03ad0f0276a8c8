"""Word-pair evaluation: the pairs, Spearman's rho with its coverage, and the shape of eval.json.

`eval_json` needs the standard library only, so a Lambda function can read what a job wrote; `wordsim353`
and `spearman` need numpy.
"""

"""What a training job is told to run, and what SageMaker is to find in its log."""

from __future__ import annotations

import re

from wordvectors.aws.algorithms import Algorithm
from wordvectors.blazingtext import log


def test_each_score_is_a_metric_that_is_found_in_the_engine_s_log(capsys):
    names = ("mean_rho", "SimLex-999", "products:my (best) rating")
    scores = dict(zip(names, (0.5, -0.25, 0.125), strict=True))
    log.epoch_scores(3, 5, scores)

    asked = Algorithm("image", {"code": "s3://a/code.zip"}, names).specification()["MetricDefinitions"]

    said = capsys.readouterr().out
    found = {metric["Name"]: float(re.findall(metric["Regex"], said)[0]) for metric in asked}
    assert found == {f"train:{name}": rho for name, rho in scores.items()}
    assert all(len(re.findall(metric["Regex"], said)) == 1 for metric in asked)

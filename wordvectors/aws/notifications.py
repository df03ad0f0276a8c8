"""The message a person gets when a run has ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wordvectors.aws.errors import transient_errors_named
from wordvectors.aws.run_table import Run
from wordvectors.runs.cost import cost_text

_MAX_SUBJECT = 100
"""SNS's limit; a subject is ASCII without line breaks."""


class Notifications:
    """The deployment's topic, through a boto3 SNS client."""

    def __init__(self, client: Any, topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def run_ended(self, run: Run) -> None:
        """Tell the topic's subscribers how a run ended; they may filter by the attribute `status`."""
        self._publish(ending_text(run), {"status": run["status"], "run_id": run["run_id"]})

    def cleaning_ended(self, report: Mapping[str, Any]) -> None:
        """Tell the topic's subscribers how a cleaning ended."""
        attributes = {"status": report["status"], "cleaning_id": report["cleaning_id"]}
        self._publish(cleaning_text(report), attributes)

    def _publish(self, message: str, attributes: Mapping[str, str]) -> None:
        subject = " ".join(["wordvectors:", *attributes.values()])[:_MAX_SUBJECT]
        with transient_errors_named():
            self._client.publish(
                TopicArn=self._topic_arn,
                Subject=subject.encode("ascii", "replace").decode(),
                Message=message,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": str(value)}
                    for name, value in attributes.items()
                },
            )


def ending_text(run: Run) -> str:
    """Return what there is to say about a run that has ended, a fact a line."""
    corpus = run.get("corpus", {})
    lines = [
        f"Run {run['run_id']} has ended: {run['status']}.",
        f"Corpus: s3://{corpus.get('bucket')}/{corpus.get('key')}",
    ]
    if reasons := run.get("reasons"):
        lines += ["Reasons:", *(f"  - {reason}" for reason in reasons)]
    elif reason := run.get("reason"):
        lines.append(f"Reason: {reason}")
    if run["status"] == "COMPLETED":
        if run.get("mean_rho") is None:
            lines.append(f"Evaluation: {run.get('evaluation', {}).get('note', 'no scores')}")
        else:
            lines.append(f"mean_rho: {run['mean_rho']:.4f}")
        lines.append(f"Model: {run.get('artifacts', {}).get('model')}")
        if report := run.get("artifacts", {}).get("report"):
            lines.append(f"Report: {report}")
    billed = run.get("training", {}).get("billed_instance_seconds")
    if billed is not None:
        lines.append(f"Billed: {billed} instance-seconds")
    if cost := run.get("cost"):
        lines.append(f"Cost: {cost_text(cost)}")
    return "\n".join(lines) + "\n"


def cleaning_text(report: Mapping[str, Any]) -> str:
    """Return what there is to say about a cleaning that has ended, a fact a line."""
    lines = [
        f"Cleaning {report['cleaning_id']} has ended: {report['status']}.",
        f"Documents: {report['key']}",
    ]
    if report.get("reason"):
        lines.append(f"Reason: {report['reason']}")
    if report["status"] == "COMPLETED":
        lines += [
            f"Corpus: {report.get('corpus')}, whose training begins now",
            f"{report.get('documents', 0):,} documents, {report.get('bad_documents', 0):,} of them bad; "
            f"{report.get('sentences', 0):,} sentences, {report.get('tokens', 0):,} words",
        ]
    return "\n".join(lines) + "\n"

"""Monitoring: the alarms that ask for a person, and one dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from wordvectors.lifecycle import metrics
from wordvectors.lifecycle.status import FINAL, RunStatus

PERIOD = cdk.Duration.minutes(5)
DAY = cdk.Duration.days(1)
TOLERATED_ERRORS = 3
"""Of one function in a quarter of an hour: single ones are retried, and a run that fails has its own alarm."""


class Monitoring(Construct):
    """Alarms on failed runs, dead letters, long queues and the functions; a dashboard of all that is measured.

    Attributes
    ----------
    dashboard : aws_cdk.aws_cloudwatch.Dashboard
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        deployment: str,
        functions: Mapping[str, lambda_.Function],
        dead_letters: sqs.IQueue,
        max_queue: cdk.Duration,
        topic: sns.ITopic,
    ) -> None:
        """Watch a deployment.

        Parameters
        ----------
        functions
            By the name of their step; `StartTraining` ends with an error for as long as a run is queued.
        """
        super().__init__(scope, id)
        self._deployment = deployment
        self._action = actions.SnsAction(topic)

        self._alarm(
            "RunsFailed",
            self._runs(RunStatus.FAILED, PERIOD),
            threshold=1,
            because="A run ended as FAILED; `wordvectors runs` and `wordvectors show` tell why",
        )
        self._alarm(
            "DeadLetters",
            dead_letters.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum"),
            threshold=1,
            because="An event could not be delivered; `wordvectors doctor` shows it",
        )
        self._alarm(
            "LongQueue",
            self._metric(metrics.QUEUED_SECONDS, "Maximum", cdk.Duration.minutes(15)),
            threshold=max_queue.to_seconds() / 2,
            because=(
                "A run has waited for half of max_queue_hours for an instance; `wordvectors doctor` shows the "
                "account's quota"
            ),
        )
        for name, function in functions.items():
            # A queued run is an exception of StartTraining, time and again: that is LongQueue's to tell. What
            # else keeps StartTraining from its work ends in a failed run.
            if name != "StartTraining":
                self._alarm(
                    f"{name}Errors",
                    function.metric_errors(period=cdk.Duration.minutes(15)),
                    threshold=TOLERATED_ERRORS,
                    because=f"The function {name} failed {TOLERATED_ERRORS} times in 15 minutes; see its log",
                )
            self._alarm(
                f"{name}Throttles",
                function.metric_throttles(period=cdk.Duration.minutes(15)),
                threshold=TOLERATED_ERRORS,
                because=f"The function {name} was throttled: the account's Lambda concurrency is used up",
            )
        self.dashboard = self._dashboard(list(functions.values()), dead_letters)

    def _alarm(self, id: str, metric: cloudwatch.Metric, *, threshold: float, because: str) -> None:
        """Add an alarm that goes off with the first period at or above its threshold."""
        alarm = metric.create_alarm(
            self,
            id,
            alarm_description=because,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)

    def _metric(
        self, name: str, statistic: str, period: cdk.Duration, **dimensions: str
    ) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=metrics.NAMESPACE,
            metric_name=name,
            dimensions_map={metrics.DEPLOYMENT: self._deployment, **dimensions},
            statistic=statistic,
            period=period,
        )

    def _runs(self, status: RunStatus, period: cdk.Duration) -> cloudwatch.Metric:
        return self._metric(metrics.RUNS_ENDED, "Sum", period, **{metrics.STATUS: str(status)})

    def _dashboard(
        self, functions: Sequence[lambda_.Function], dead_letters: sqs.IQueue
    ) -> cloudwatch.Dashboard:
        hour = cdk.Duration.hours(1)

        def graph(title: str, *shown: cloudwatch.IMetric, stacked: bool = False) -> cloudwatch.GraphWidget:
            return cloudwatch.GraphWidget(title=title, left=list(shown), stacked=stacked, width=8, height=6)

        dashboard = cloudwatch.Dashboard(self, "Dashboard", default_interval=cdk.Duration.days(14))
        dashboard.add_widgets(
            graph(
                "Runs per day, by status",
                *(self._runs(status, DAY) for status in sorted(FINAL)),
                stacked=True,
            ),
            graph("Words per second", self._metric(metrics.WORDS_PER_SECOND, "Average", hour)),
            graph("mean_rho", self._metric(metrics.MEAN_RHO, "Average", hour)),
        )
        dashboard.add_widgets(
            graph("Billed instance-seconds per day", self._metric(metrics.BILLED_SECONDS, "Sum", DAY)),
            graph("Cost of instances per day", self._metric(metrics.COST, "Sum", DAY)),
            graph(
                "Longest wait for an instance, seconds", self._metric(metrics.QUEUED_SECONDS, "Maximum", hour)
            ),
        )
        dashboard.add_widgets(
            graph(
                "Errors of the functions", *(function.metric_errors(period=hour) for function in functions)
            ),
            graph(
                "Duration of the functions, 95th percentile",
                *(function.metric_duration(period=hour, statistic="p95") for function in functions),
            ),
            graph(
                "Dead letters",
                dead_letters.metric_approximate_number_of_messages_visible(period=hour, statistic="Maximum"),
            ),
        )
        return dashboard

"""What a run costs: at most, before it starts, and in fact, when it has ended.

A cost is a plain mapping, as the run's row holds it: `price_per_hour` of one instance, `currency`,
`price_date` and `most`, or in their place `unknown`, the reason; and once the job has been billed `actual`,
with `estimated` if it was reckoned and not told by SageMaker, and `spot_saving` as a share.

Instances are what is counted. The training volumes, the bucket and the pipeline's own requests are not. Requests
come to a cent or two; a volume to about $0.14 per GB and month in us-east-1: half a cent for 30 GB and an hour,
some $13 for 100 GB and the 28 days that a job may take. `max_volume_gb` bounds it, not `max_run_cost`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Cost = dict[str, Any]
_DIGITS = 6
_SIGNS = {"USD": "$"}


class PriceUnknown(Exception):
    """A price that could not be had; the message says why."""


@dataclass(frozen=True)
class Price:
    """The on-demand price of one instance for an hour, and the day (ISO) on which it was asked for."""

    instance_type: str
    per_hour: float
    currency: str
    date: str


def planned_cost(price: Price, *, instances: int, max_runtime_seconds: int) -> Cost:
    """Return what a run may cost at most: every instance for as long as the plan lets it run.

    On spot capacity it costs less; how much less is known afterwards.

    Examples
    --------
    >>> price = Price("ml.c5.xlarge", 0.204, "USD", "2026-09-27")
    >>> planned_cost(price, instances=2, max_runtime_seconds=3600)["most"]
    0.408
    """
    hours = instances * max_runtime_seconds / 3600
    return {
        "price_per_hour": price.per_hour,
        "currency": price.currency,
        "price_date": price.date,
        "most": round(hours * price.per_hour, _DIGITS),
    }


def billed_cost(
    cost: Mapping[str, Any], *, instances: int, billable_seconds: int, training_seconds: int | None
) -> Cost:
    """Return a planned cost completed by what the job was billed.

    Parameters
    ----------
    billable_seconds
        SageMaker's BillableTimeInSeconds: wall-clock time, of one instance.
    training_seconds
        TrainingTimeInSeconds. On spot capacity it is more than what is billed (developer guide, "Managed
        Spot Training": the saving is 1 − billable ÷ training seconds).
    """
    billed = dict(cost)
    if "price_per_hour" in cost:
        billed["actual"] = _for_seconds(cost, billable_seconds * instances)
    if training_seconds and billable_seconds < training_seconds:
        billed["spot_saving"] = round(1 - billable_seconds / training_seconds, 4)
    return billed


def interrupted_cost(run: Mapping[str, Any], moment: datetime) -> Cost | None:
    """Return the cost of a run whose job is told to stop now, reckoned from when it started.

    None if SageMaker has told the real figure, or if training was never seen to start.
    """
    cost, training = run.get("cost") or {}, run.get("training") or {}
    if "price_per_hour" not in cost or "actual" in cost or not training.get("started_at"):
        return None
    seconds = max((moment - datetime.fromisoformat(training["started_at"])).total_seconds(), 0)
    return {
        **cost,
        "actual": _for_seconds(cost, seconds * training.get("instance_count", 1)),
        "estimated": True,
    }


def cost_text(cost: Mapping[str, Any]) -> str:
    """Say a cost in a line; nothing for a run that has none.

    Examples
    --------
    >>> cost_text({"price_per_hour": 0.204, "currency": "USD", "price_date": "2026-09-27", "most": 4.896})
    'at most $4.90 ($0.204 per instance and hour, asked on 2026-09-27)'
    """
    if not cost:
        return ""
    saving = f"; spot capacity saved {cost['spot_saving']:.0%}" if cost.get("spot_saving") else ""
    if "unknown" in cost:
        return f"price unknown: {cost['unknown']}{saving}"
    price = (
        f"{_plain(cost['price_per_hour'], cost['currency'])} per instance and hour, "
        f"asked on {cost['price_date']}"
    )
    if "actual" in cost:
        about = "about " if cost.get("estimated") else ""
        return f"{about}{money(cost['actual'], cost['currency'])} ({price}{saving})"
    return f"at most {money(cost['most'], cost['currency'])} ({price})"


def short_cost(cost: Mapping[str, Any]) -> str:
    """Say what a run was billed in a few characters; nothing as long as that is not known."""
    if "actual" not in cost:
        return ""
    return ("~" if cost.get("estimated") else "") + money(cost["actual"], cost["currency"])


def money(amount: float, currency: str) -> str:
    """Return an amount with its currency; less than 1 with four places.

    Examples
    --------
    >>> money(4.896, "USD"), money(0.04131, "USD"), money(12.5, "CNY")
    ('$4.90', '$0.0413', '12.50 CNY')
    """
    return _with_sign(f"{amount:,.4f}" if amount < 1 else f"{amount:,.2f}", currency)


def _plain(amount: float, currency: str) -> str:
    return _with_sign(f"{amount:g}", currency)


def _with_sign(text: str, currency: str) -> str:
    return f"{_SIGNS[currency]}{text}" if currency in _SIGNS else f"{text} {currency}"


def _for_seconds(cost: Mapping[str, Any], seconds: float) -> float:
    return round(seconds / 3600 * cost["price_per_hour"], _DIGITS)

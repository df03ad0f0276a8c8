"""What a run costs: at most, before it starts, and in fact, when it has ended.

Instances are what is counted. The training volumes, the bucket and the pipeline's own requests are not. Requests
come to a cent or two; a volume to about $0.14 per GB and month in us-east-1: half a cent for 30 GB and an hour,
some $13 for 100 GB and the 28 days that a job may take. `max_volume_gb` bounds it, not `max_run_cost`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

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


class _Cost(BaseModel):
    """What both kinds of cost tell.

    Attributes
    ----------
    spot_saving : float or None
        The share that spot capacity saved, known once the job has been billed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)

    spot_saving: float | None = None


class KnownCost(_Cost):
    """A cost in money: planned, and once the job has been billed, actual.

    Attributes
    ----------
    price_per_hour : float
        Of one instance.
    price_date : str
        The day (ISO) on which the price was asked for.
    most : float
        What the run may cost at most.
    actual : float or None
        What the job was billed.
    estimated : bool or None
        Whether `actual` was reckoned, and not told by SageMaker.
    """

    price_per_hour: float
    currency: str
    price_date: str
    most: float
    actual: float | None = None
    estimated: bool | None = None

    def for_seconds(self, instance_seconds: float) -> float:
        """Return what so many seconds of one instance cost."""
        return round(instance_seconds / 3600 * self.price_per_hour, _DIGITS)


class UnknownCost(_Cost):
    """A cost that can't be told, with the reason; a row holds it as `unknown`."""

    reason: str = Field(validation_alias=AliasChoices("reason", "unknown"), serialization_alias="unknown")


Cost = KnownCost | UnknownCost


def planned_cost(price: Price, *, instances: int, max_runtime_seconds: int) -> KnownCost:
    """Return what a run may cost at most: every instance for as long as the plan lets it run.

    On spot capacity it costs less; how much less is known afterwards.

    Examples
    --------
    >>> price = Price("ml.c5.xlarge", 0.204, "USD", "2026-09-27")
    >>> planned_cost(price, instances=2, max_runtime_seconds=3600).most
    0.408
    """
    hours = instances * max_runtime_seconds / 3600
    return KnownCost(
        price_per_hour=price.per_hour,
        currency=price.currency,
        price_date=price.date,
        most=round(hours * price.per_hour, _DIGITS),
    )


def billed_cost(cost: Cost, *, instances: int, billable_seconds: int, training_seconds: int | None) -> Cost:
    """Return a planned cost completed by what the job was billed.

    Parameters
    ----------
    billable_seconds
        SageMaker's BillableTimeInSeconds: wall-clock time, of one instance.
    training_seconds
        TrainingTimeInSeconds. On spot capacity it is more than what is billed (developer guide, "Managed
        Spot Training": the saving is 1 − billable ÷ training seconds).
    """
    told: dict[str, float] = {}
    if isinstance(cost, KnownCost):
        told["actual"] = cost.for_seconds(billable_seconds * instances)
    if training_seconds and billable_seconds < training_seconds:
        told["spot_saving"] = round(1 - billable_seconds / training_seconds, 4)
    return cost.model_copy(update=told)


def interrupted_cost(
    cost: Cost | None, *, started_at: str | None, instances: int, moment: datetime
) -> KnownCost | None:
    """Return the cost of a run whose job is told to stop now, reckoned from when it started (ISO).

    None if SageMaker has told the real figure, or if training was never seen to start.
    """
    if not isinstance(cost, KnownCost) or cost.actual is not None or not started_at:
        return None
    seconds = max((moment - datetime.fromisoformat(started_at)).total_seconds(), 0)
    return cost.model_copy(update={"actual": cost.for_seconds(seconds * instances), "estimated": True})


def actual_cost(cost: Cost | None) -> float | None:
    """Return what a run was billed; None as long as that is not known."""
    return cost.actual if isinstance(cost, KnownCost) else None


def cost_text(cost: Cost | None) -> str:
    """Say a cost in a line; nothing for a run that has none.

    Examples
    --------
    >>> cost_text(KnownCost(price_per_hour=0.204, currency="USD", price_date="2026-09-27", most=4.896))
    'at most $4.90 ($0.204 per instance and hour, asked on 2026-09-27)'
    """
    if cost is None:
        return ""
    saving = f"; spot capacity saved {cost.spot_saving:.0%}" if cost.spot_saving else ""
    if isinstance(cost, UnknownCost):
        return f"price unknown: {cost.reason}{saving}"
    price = f"{_plain(cost.price_per_hour, cost.currency)} per instance and hour, asked on {cost.price_date}"
    if cost.actual == 0 and not cost.estimated:
        return f"nothing was billed ({price})"
    if cost.actual is None:
        return f"at most {money(cost.most, cost.currency)} ({price})"
    about = "about " if cost.estimated else ""
    return f"{about}{money(cost.actual, cost.currency)} ({price}{saving})"


def cost_there(cost: Cost | None, *, is_local: bool) -> str:
    """Say a cost in a line; of the local cloud, that nothing is paid, and what AWS would take."""
    said = cost_text(cost)
    return f"nothing here; in AWS {said}" if is_local and said else said


def cost_heading(*, is_local: bool) -> str:
    """Return what stands over costs: over those of the local cloud's runs, that AWS would take them."""
    return "AWS cost" if is_local else "cost"


def short_cost(cost: Cost | None) -> str:
    """Say what a run was billed in a few characters; nothing as long as that is not known."""
    if not isinstance(cost, KnownCost) or cost.actual is None:
        return ""
    return ("~" if cost.estimated else "") + money(cost.actual, cost.currency)


LEAST_SHOWN = 0.0001


def money(amount: float, currency: str) -> str:
    """Return an amount with its currency; less than 1 with four places, and nothing as 0 that is not.

    Examples
    --------
    >>> money(4.896, "USD"), money(0.04131, "USD"), money(12.5, "CNY"), money(0.00001, "USD")
    ('$4.90', '$0.0413', '12.50 CNY', '<$0.0001')
    """
    if 0 < amount < LEAST_SHOWN / 2:
        return f"<{_with_sign(f'{LEAST_SHOWN}', currency)}"
    return _with_sign(f"{amount:,.4f}" if amount < 1 else f"{amount:,.2f}", currency)


def _plain(amount: float, currency: str) -> str:
    return _with_sign(f"{amount:g}", currency)


def _with_sign(text: str, currency: str) -> str:
    return f"{_SIGNS[currency]}{text}" if currency in _SIGNS else f"{text} {currency}"

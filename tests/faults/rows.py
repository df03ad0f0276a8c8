"""What a call of the pipeline is, a fault in it, and a promise: for the matrix of runs and that of cleanings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tests.faults.book import Fault

COMPLETED, FAILED, STOPPED, REJECTED = (
    frozenset({status}) for status in ("COMPLETED", "FAILED", "STOPPED", "REJECTED")
)
LOST_ANSWERS = (
    Fault.SILENT, Fault.DROPPED, Fault.MALFORMED, Fault.KILLED, Fault.OUT_OF_MEMORY, Fault.TIMED_OUT
)  # fmt: skip
"""The request is carried out, and nobody hears of it."""
ONCE, NEVER, ONCE_OR_TWICE, AT_MOST_TWICE = (1, 1), (0, 0), (1, 2), (0, 2)


@dataclass(frozen=True)
class Variant:
    """A fault, and how long it lasts: `times` requests, or for ever."""

    name: str
    fault: Fault
    times: int | None = 1

    @property
    def lasts(self) -> bool:
        """Whether it never ends."""
        return self.times is None


VARIANTS = (
    Variant("throttled once", Fault.THROTTLED),
    Variant("throttled 10 times", Fault.THROTTLED, 10),
    Variant("throttled for ever", Fault.THROTTLED, None),
    Variant("5xx once", Fault.FAILING),
    Variant("5xx for ever", Fault.FAILING, None),
    Variant("timeout", Fault.SILENT),
    Variant("access denied", Fault.DENIED, None),
    Variant("resource missing", Fault.MISSING, None),
    Variant("malformed answer", Fault.MALFORMED),
    Variant("connection dropped", Fault.DROPPED),
    Variant("function killed", Fault.KILLED),
    Variant("out of memory", Fault.OUT_OF_MEMORY),
    Variant("function timed out", Fault.TIMED_OUT),
)


@dataclass(frozen=True)
class Scenario:
    """A kind of run, and how it ends without a fault.

    Attributes
    ----------
    word : str
        The corpus's first: what the trainer does.
    faulty_plan, aborted, quota, unpriced, spot : bool
        Whether the plan has a fault; whether the execution is stopped while the job runs; whether the
        account's quota is used up at first; whether the price of its instances is not kept yet; whether
        it trains on spot capacity.
    repeated, rowless, overtaken : bool
        Whether its event comes again after its end, and it is then that something goes wrong; whether
        PlanRun can't be invoked, so that the run has no row when it fails; whether the run is stopped
        while StartTraining is about to create its job.
    starved : int
        How many of its training jobs SageMaker has no instances for.
    own : tuple of (str, int)
        Callers that do here what they do nowhere else, so that their calls have rows of their own; and the how
        manieth time that they run this is.
    """

    name: str
    word: str = "the"
    faulty_plan: bool = False
    aborted: bool = False
    quota: bool = False
    unpriced: bool = False
    spot: bool = False
    repeated: bool = False
    rowless: bool = False
    overtaken: bool = False
    starved: int = 0
    own: tuple[tuple[str, int], ...] = ()
    ends: frozenset[str] = COMPLETED


@dataclass(frozen=True)
class Row:
    """A call of the pipeline: the n-th of `of` of its kind that a caller makes in one go."""

    scenario: Scenario
    caller: str
    action: str
    nth: int
    of: int

    @property
    def is_own(self) -> bool:
        """Whether the call is of the scenario's own callers."""
        return self.caller in dict(self.scenario.own)

    @property
    def first(self) -> int:
        """Which call of its kind in the whole run it is."""
        return self.nth + self.of * (dict(self.scenario.own).get(self.caller, 1) - 1)

    @property
    def name(self) -> str:
        """The call in words."""
        return f"{self.caller} {self.action} {self.nth}/{self.of}{f', {self.scenario.name}' * self.is_own}"

    @property
    def is_state(self) -> bool:
        """Whether the state machine makes the call, to invoke a function."""
        return self.caller.endswith(" state")


@dataclass(frozen=True)
class Expected:
    """What is to hold at the end.

    Attributes
    ----------
    statuses
        In one of which the run is.
    messages
        The least and the greatest number of them about the run.
    dead_letter
        Whether the event that the execution failed ends up in the dead-letter queue.
    job_may_run, row_says_so
        Whether the job may run on, and whether the row says then that it may.
    rows
        How many rows there are of the run.
    why
        Where less is promised than a final status and one message: the reason.
    """

    statuses: frozenset[str]
    messages: tuple[int, int] = ONCE
    dead_letter: bool = False
    job_may_run: bool = False
    row_says_so: bool = True
    rows: int = 1
    why: str = ""


def calls_of(
    recorded: dict[str, Counter[tuple[str, str, int]]], scenarios: Iterable[Scenario], others: tuple[str, ...]
) -> list[Row]:
    """Return the calls of recorded scenarios, but not of `others`, each under the first scenario that has it."""
    found: dict[tuple[str, str, int, int, str], Row] = {}
    for scenario in scenarios:
        calls = recorded[scenario.name]
        for caller, action, nth in sorted(calls):
            if caller not in others:
                of = max(number for *kind, number in calls if kind == [caller, action])
                row = Row(scenario, caller, action, nth, of)
                found.setdefault((caller, action, nth, of, scenario.name * row.is_own), row)
    return list(found.values())


def not_among(found: list[Row], kinds: Iterable[Mapping[str, Collection[str]]], module: str) -> list[str]:
    """Return a sentence for each call that is of none of the kinds (caller -> actions) of a module here."""
    known = {(caller, action) for kind in kinds for caller, actions in kind.items() for action in actions}
    return sorted({
        f"{row.caller} calls {row.action}: say in tests/faults/{module} what holds when it goes wrong"
        for row in found
        if (row.caller, row.action) not in known
    })  # fmt: skip


def not_made(found: list[Row], kinds: Iterable[Mapping[str, Collection[str]]], module: str) -> list[str]:
    """Return a sentence for each call of the kinds (caller -> actions) of a module here that is not found."""
    made = {(row.caller, row.action) for row in found}
    return sorted(
        f"no scenario of tests/faults/{module} has {caller} call {action}: add one, or take the call out"
        for kind in kinds
        for caller, actions in kind.items()
        for action in actions
        if (caller, action) not in made
    )

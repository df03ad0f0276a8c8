"""When SageMaker has no instances for a run: how long it pauses, what it says, and which other types would do."""

from __future__ import annotations

from wordvectors.blazingtext.instances import has_gpu, memory_gib
from wordvectors.lifecycle.checks import volume_faults
from wordvectors.lifecycle.engines import machine_faults
from wordvectors.lifecycle.limits import Limits
from wordvectors.lifecycle.plan import TrainingPlan
from wordvectors.lifecycle.run import Run

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5 * 60, 60 * 60
LONGEST_PENDING_SECONDS = 60 * 60
"""For how long, about, SageMaker looks for a job's instances before it gives up. It documents no number."""
_MOST_NAMED = 6


def pause_seconds(jobs: int) -> int:
    """Return how long to wait before another job when so many have found no instances.

    Examples
    --------
    >>> [pause_seconds(jobs) // 60 for jobs in range(1, 7)]
    [5, 10, 20, 40, 60, 60]
    """
    return min(FIRST_PAUSE_SECONDS * 2 ** (jobs - 1), LONGEST_PAUSE_SECONDS)


def longest_seconds(tries: int) -> int:
    """Return how long a run may take, at so many tries, until it has its instances or has failed for want of them."""
    return sum(pause_seconds(jobs) for jobs in range(1, tries)) + tries * LONGEST_PENDING_SECONDS


def other_types(plan: TrainingPlan, corpus_bytes: int, limits: Limits) -> list[str]:
    """Return the other instance types that would do: allowed here, fit for the training, with as much memory and room.

    Those with a GPU come first for a plan that asks for one, and last for others; then those with least memory.
    """
    wanted = plan.resources
    mode = plan.hyperparameters.mode

    def would_do(name: str) -> bool:
        other = plan.model_copy(update={"resources": wanted.model_copy(update={"instance_type": name})})
        return (
            name != wanted.instance_type
            and memory_gib(name) >= memory_gib(wanted.instance_type)
            and not machine_faults(plan.engine, mode, name, wanted.instance_count)
            and not volume_faults(corpus_bytes, other, None)
        )

    return sorted(
        filter(would_do, limits.allowed_instance_types),
        key=lambda name: (has_gpu(name) != has_gpu(wanted.instance_type), memory_gib(name)),
    )


def waiting_text(run: Run, why: str, limits: Limits, tries: int) -> str:
    """Say what a run waits for whose job has found no instances.

    Parameters
    ----------
    why
        The job's FailureReason.
    tries
        How many jobs the run may have.
    """
    minutes = pause_seconds(run.job_number) // 60
    return (
        f"SageMaker has no capacity for {_instances(run)}: {why} Try {run.job_number + 1} of {tries} comes {minutes} "
        f"minutes later. {_advice(run, limits)}"
    )


def failed_text(run: Run, why: str, limits: Limits, tries: int) -> str:
    """Say why a run has failed whose last job has found no instances; see `waiting_text`."""
    times = "in one try" if tries == 1 else f"in {tries} tries"
    return (
        f"SageMaker had no capacity for {_instances(run)} {times} (max_capacity_tries): {why} {_advice(run, limits)} "
        "Or try the same again later: wordvectors train FILE --again"
    )


def _instances(run: Run) -> str:
    resources = run.resolved_plan.resources
    return f"{resources.instance_count} × {resources.instance_type}"


def _advice(run: Run, limits: Limits) -> str:
    found = other_types(run.resolved_plan, run.corpus.bytes or 0, limits)
    if not found:
        return "No other type that this deployment allows would do (allowed_instance_types in cdk.json)."
    more = f", and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return (
        f"Other types would do, as resources.instance_type of a plan: {', '.join(found[:_MOST_NAMED])}{more}."
    )

"""`wordvectors doctor`: is everything there that a run needs, and does nothing run that nobody looks after?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from wordvectors.cli.output import AsJson, CommandError, Terminal, console, errors, print_json, text_of
from wordvectors.cli.target import Connect, takes_deployment

if TYPE_CHECKING:
    from wordvectors.client.patient import Check, Patient

_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red"), "unknown": ("?", "cyan")}


@takes_deployment
def doctor(
    deployment: Connect,
    fix: Annotated[
        bool,
        typer.Option(
            "--fix", help="Stop jobs, and close runs and tunings, that nothing looks after any longer."
        ),
    ] = False,
    instance_type: Annotated[
        str | None,
        typer.Option("--instance-type", help="Ask for this type's quotas, not the default plan's."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check account and deployment, each fault with its fix; nothing is changed without --fix."""
    from wordvectors.client.patient import FAIL, Patient
    from wordvectors.client.preflight import examine

    patient = Patient(deployment.account(), deployment.stack, instance_type)
    checks = []
    with errors.status("Looking …"):
        for check in examine(patient):
            checks.append(check)
            if not as_json:
                _show(check, console.beside_bars())
    done = _fix(patient) if fix and any(check.name == "Orphans" for check in checks) else {}
    if as_json:
        print_json({"checks": [check.to_dict() for check in checks], "fixed": done})
    failed = [check for check in checks if check.status == FAIL and not (check.name == "Orphans" and done)]
    if failed:
        names = ", ".join(check.name.lower() for check in failed)
        raise CommandError(f"A run would not go through: {names}" if not done else f"Left to do: {names}")


def _fix(patient: Patient) -> dict[str, str]:
    """Close every orphan; return what was done to each."""
    from wordvectors.client.deployment import DeploymentNotFound
    from wordvectors.client.orphans import close_orphan

    try:
        orphans = patient.orphans
        if not orphans:
            return {}
        deployment, by = patient.with_tunings, patient.account.caller()
    except DeploymentNotFound:
        return {}
    done = {}
    for orphan in orphans:
        done[orphan.name] = close_orphan(deployment, orphan, by)
        errors.say(f"{orphan.name}: {done[orphan.name]}", indent=2)
    return done


def _show(check: Check, console: Terminal) -> None:
    console.say(
        Text.assemble(_MARKS[check.status], " ", (check.name, "bold"), ": ", text_of(check.text)), indent=2
    )
    if check.fix:
        console.say(f"  → {check.fix}", indent=4)

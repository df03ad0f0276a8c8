"""What a JSON Schema can tell of the rules between a plan's sections.

It is for editors, and may let pass what `wordvectors.lifecycle.plan` refuses; it refuses nothing that a plan may hold.
What the deployment's default plan decides, such as the engine of a plan that names none, is not known to it.
"""

from __future__ import annotations

from typing import Any

from wordvectors.blazingtext.hyperparameters import OWN_ENGINE_ONLY, UNBATCHED, Mode, flag_schema
from wordvectors.blazingtext.instances import FAMILIES, GPU_FAMILIES, types_schema
from wordvectors.lifecycle.engines import CPU_FAMILIES, SPOT_WAIT_SECONDS, Engine


def tell_rules_between_sections(schema: dict[str, Any]) -> None:
    """Add the rules between the engine, the mode and the rest to the schema of a plan."""

    def given(key: str, rule: dict[str, Any]) -> dict[str, Any]:
        return {"properties": {key: rule}, "required": [key]}

    def section(name: str, **rules: dict[str, Any] | bool) -> dict[str, Any]:
        return {"properties": {name: {"properties": rules}}}

    gpu, one_machine = types_schema(sorted(GPU_FAMILIES)), section("resources", instance_count={"maximum": 1})
    blazingtext = given("engine", {"const": Engine.BLAZINGTEXT.value})
    own_engine = given("engine", {"const": Engine.WORDVECTORS.value})
    on_spot = given("resources", given("spot", {"const": True}))
    rules = [
        (blazingtext, section("hyperparameters", **dict.fromkeys(OWN_ENGINE_ONLY, False))),
        (blazingtext, {"properties": {"early_stopping": {"type": "null"}}}),
        (blazingtext, section("resources", instance_type=types_schema(FAMILIES))),
        (
            {"allOf": [blazingtext, on_spot]},
            section("resources", max_runtime_seconds={"maximum": SPOT_WAIT_SECONDS}),
        ),
        (own_engine, section("resources", instance_type=types_schema(CPU_FAMILIES))),
        (own_engine, one_machine),
        (given("hyperparameters", given("mode", UNBATCHED)), one_machine),
        (given("resources", given("instance_type", gpu)), one_machine),
        (
            given("hyperparameters", given("mode", {"const": Mode.BATCH_SKIPGRAM.value})),
            section("resources", instance_type={"not": gpu}),
        ),
        (
            given("early_stopping", {"type": "object"}),
            section("hyperparameters", evaluation={"not": flag_schema(False)}),
        ),
    ]
    schema["allOf"] = [{"if": condition, "then": rule} for condition, rule in rules]

"""What an update of a stack may change.

What a stack exports stays as it is while another stack imports it; ministack asks when a stack is deleted only.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html

An update may change nothing but outputs; ministack finds no changes in it.
"""

from __future__ import annotations

from typing import Any

from local_cloud.emulator.seams import replace, require, require_all


def install() -> None:
    """Let an update fail that would change what is imported, and a change set know outputs."""
    from ministack.services import cloudformation
    from ministack.services.cloudformation import handlers, stacks

    require_all(cloudformation, "_exports", "_change_sets", "_stacks")
    require(handlers, "_imported_export_names")
    replace(stacks, "_resolve_stack_outputs", _keeping_what_is_imported)
    actions = require(handlers, "_ACTION_HANDLERS")
    actions["CreateChangeSet"] = _with_outputs(actions["CreateChangeSet"])


def _keeping_what_is_imported(original: Any) -> Any:
    def resolve_stack_outputs(*arguments: Any) -> Any:
        """The last argument is the stack's id; (outputs, exports: name -> export) is returned."""
        from ministack.services.cloudformation import _exports

        outputs, exports = original(*arguments)
        before = {name: export for name, export in _exports.items() if export["StackId"] == arguments[-1]}
        changed = [name for name, export in before.items() if exports.get(name) != export]
        for name in changed:
            for stack in _importers(name):
                change = "updated" if name in exports else "deleted"
                raise ValueError(f"Export {name} cannot be {change} as it is in use by {stack}")
        for name in changed:
            _exports.pop(name)
        return outputs, exports

    return resolve_stack_outputs


def _importers(export: str) -> list[str]:
    """The names of the stacks that import it."""
    from ministack.services.cloudformation import _stacks
    from ministack.services.cloudformation.handlers import _imported_export_names

    return [
        name
        for name, stack in _stacks.items()
        if stack["StackStatus"] != "DELETE_COMPLETE" and export in _imported_export_names(stack, name)
    ]


def _with_outputs(original: Any) -> Any:
    def create_change_set(params: dict[str, Any]) -> Any:
        from ministack.services.cloudformation import _change_sets, _stacks

        known = set(_change_sets)
        answer = original(params)
        for made in (change_set for name, change_set in _change_sets.items() if name not in known):
            before = _stacks[made["StackName"]]["_template"].get("Outputs")
            if (
                "didn't contain changes" in made["StatusReason"]
                and made["_template"].get("Outputs") != before
            ):
                made |= {"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "StatusReason": ""}
        return answer

    return create_change_set

"""What an update of a stack may change."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import WaiterError


def exporting(*values: str) -> str:
    """A stack whose outputs are exported."""
    outputs = {
        f"Output{number}": {"Value": value, "Export": {"Name": f"exported-{number}"}}
        for number, value in enumerate(values)
    }
    resources = {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
    return json.dumps({"Resources": resources, "Outputs": outputs})


@pytest.mark.parametrize(("values", "verb"), [(("one", "changed"), "updated"), (("one",), "deleted")])
def test_an_update_leaves_an_export_as_it_is_while_it_is_imported(cloud, values, verb):
    exporter, importer = cloud.name("exporter"), cloud.name("importer")
    parameter = {
        "Type": "String",
        "Name": cloud.name("parameter"),
        "Value": {"Fn::ImportValue": "exported-1"},
    }
    importing = json.dumps({"Resources": {"P": {"Type": "AWS::SSM::Parameter", "Properties": parameter}}})
    stacks = cloud.cloudformation
    stacks.create_stack(StackName=exporter, TemplateBody=exporting("one", "two"))
    stacks.create_stack(StackName=importer, TemplateBody=importing)

    stacks.update_stack(StackName=exporter, TemplateBody=exporting(*values))
    with pytest.raises(WaiterError, match="UPDATE_ROLLBACK_COMPLETE"):
        stacks.get_waiter("stack_update_complete").wait(StackName=exporter)

    events = stacks.describe_stack_events(StackName=exporter)["StackEvents"]
    reason = f"Export exported-1 cannot be {verb} as it is in use by {importer}"
    assert reason in [event.get("ResourceStatusReason") for event in events]

    stacks.delete_stack(StackName=importer)
    stacks.update_stack(StackName=exporter, TemplateBody=exporting(*values))
    (stack,) = stacks.describe_stacks(StackName=exporter)["Stacks"]
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    exports = {export["Name"]: export["Value"] for export in stacks.list_exports()["Exports"]}
    left = {name: value for name, value in exports.items() if name.startswith("exported-")}
    assert left == {f"exported-{number}": value for number, value in enumerate(values)}
    stacks.delete_stack(StackName=exporter)


def test_an_update_of_outputs_alone_is_a_change(cloud):
    stack, stacks = cloud.name("stack"), cloud.cloudformation
    stacks.create_stack(StackName=stack, TemplateBody=exporting())

    change_set = {"StackName": stack, "ChangeSetName": "outputs"}
    stacks.create_change_set(TemplateBody=exporting("one"), **change_set)
    assert stacks.describe_change_set(**change_set)["Status"] == "CREATE_COMPLETE"
    stacks.execute_change_set(**change_set)

    (described,) = stacks.describe_stacks(StackName=stack)["Stacks"]
    assert [output["OutputValue"] for output in described["Outputs"]] == ["one"]
    change_set["ChangeSetName"] = "nothing"
    stacks.create_change_set(TemplateBody=exporting("one"), **change_set)
    assert stacks.describe_change_set(**change_set)["Status"] == "FAILED"
    stacks.delete_stack(StackName=stack)

"""Resources that a function makes for a stack: CloudFormation waits for what it tells at the ResponseURL."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import WaiterError

CODE = """
import json, urllib.request

def handler(event, context):
    told = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    told |= {"PhysicalResourceId": "made", "Status": event["ResourceProperties"]["Ends"], "Reason": "as it was told"}
    told["Data"] = {"Word": "cat"}
    request = urllib.request.Request(event["ResponseURL"], data=json.dumps(told).encode(), method="PUT")
    urllib.request.urlopen(request)
"""


@pytest.mark.parametrize("ends", ["SUCCESS", "FAILED"])
def test_a_stack_ends_as_its_function_says(cloud, ends):
    stack, stacks = cloud.name("stack"), cloud.cloudformation
    made = {"Type": "Custom::Thing", "Properties": {"ServiceToken": cloud.function(CODE), "Ends": ends}}
    word = {"Word": {"Value": {"Fn::GetAtt": ["Thing", "Word"]}}}
    stacks.create_stack(
        StackName=stack, TemplateBody=json.dumps({"Resources": {"Thing": made}, "Outputs": word})
    )
    created = stacks.get_waiter("stack_create_complete")

    if ends == "FAILED":
        with pytest.raises(WaiterError, match="ROLLBACK"):
            created.wait(StackName=stack, WaiterConfig={"Delay": 1})
        return
    created.wait(StackName=stack, WaiterConfig={"Delay": 1})
    assert stacks.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"][0]["OutputValue"] == "cat"
    stacks.delete_stack(StackName=stack)
    stacks.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})

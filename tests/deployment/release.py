"""The release before, 0.1, as it stood in an account.

`release_0_1` was made at commit 1312bc3. The templates are app.py's, with the local cloud's settings; functions.zip is
what PlanRun, StartTraining, PollTraining and CloseRun import there; the rows are those of runs in its local cloud,
whose bucket is BUCKET here.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

from local_cloud.connection import Connection

FOLDER = Path(__file__).with_name("release_0_1")
_ASSET = re.compile(r"[0-9a-f]{64}\.(?:zip|py)")


def deploy(connection: Connection, assets: str, prefix: str = "Wordvectors") -> None:
    """Deploy it as the CDK does: the assets into the bootstrap's bucket, then stack by stack."""
    s3, cloudformation = connection.client("s3"), connection.client("cloudformation")
    text = (FOLDER / "templates.json").read_text()
    functions = (FOLDER / "functions.zip").read_bytes()
    for key in sorted(
        set(_ASSET.findall(text))
    ):  # those of layers and of the cleaning's job are not read here
        s3.put_object(Bucket=assets, Key=key, Body=functions)
    for name, template in json.loads(text).items():
        stack, key = f"{prefix}-{name}", f"0.1/{name}.json"
        s3.put_object(Bucket=assets, Key=key, Body=json.dumps(template).encode())
        cloudformation.create_stack(
            StackName=stack,
            TemplateURL=f"{connection.endpoint_url}/{assets}/{key}",
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})


def put_rows(connection: Connection, bucket: str, table: str) -> list[str]:
    """Put its rows into the table; return the ids of their runs."""
    text = (FOLDER / "rows.json").read_text().replace("BUCKET", bucket)
    rows = json.loads(text, parse_float=Decimal)
    resource = connection.session.resource("dynamodb", endpoint_url=connection.endpoint_url)
    for row in rows:
        resource.Table(table).put_item(Item=row)
    return [row["run_id"] for row in rows]

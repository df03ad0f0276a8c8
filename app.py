"""The CDK app: settings in, stacks out. The CDK CLI runs it, or `CDK_OUTDIR=cdk.out python app.py`."""

from __future__ import annotations

import os
import sys

import infra  # noqa: F401  comes first: it names the Node that aws_cdk runs on

# isort: split
import aws_cdk as cdk

from infra.application import add_stacks, cdk_json_context
from infra.settings import DeploymentSettings, InvalidSettings
from wordvectors.blazingtext.regions import UnsupportedRegion, check_region, registry_accounts


def main() -> None:
    """Synthesize the app, or end with one line per fault."""
    app = cdk.App(context=cdk_json_context())
    faults: list[str] = []
    try:
        settings = DeploymentSettings.from_context(app.node.get_all_context())
    except InvalidSettings as invalid:
        faults += invalid.faults
    # The CLI tells which region its profile names; the templates themselves are the same for each.
    if region := os.environ.get("CDK_DEFAULT_REGION"):
        try:
            check_region(region, registry_accounts())
        except UnsupportedRegion as unsupported:
            faults.append(str(unsupported))
    if faults:
        sys.exit("\n".join(faults))
    try:
        add_stacks(app, settings)
    except InvalidSettings as invalid:
        sys.exit("\n".join(invalid.faults))
    app.synth()


if __name__ == "__main__":
    main()

"""The AWS Price List on this machine: GetProducts for SageMaker's instances, in the API's own shape.

The prices are the public ones of us-east-1 on one day. Nothing is paid here: they are what AWS would charge.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from local_cloud.emulator.seams import require
from wordvectors.json_text import parse_json

PUBLISHED = "2026-09-27T00:00:00Z"
"""The day on which the table was read from AWS's price list for us-east-1."""
_PER_VCPU = {"c6i": 0.051, "m6i": 0.0575, "c7i": 0.0535, "m7i": 0.0605}
_SIZES = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32}
PRICES = {
    "ml.c5.xlarge": 0.204, "ml.c5.2xlarge": 0.408, "ml.c5.4xlarge": 0.816, "ml.c5.9xlarge": 1.836,
    "ml.c5.18xlarge": 3.672,
    "ml.m5.large": 0.115, "ml.m5.xlarge": 0.23, "ml.m5.2xlarge": 0.461, "ml.m5.4xlarge": 0.922,
    "ml.m5.12xlarge": 2.765, "ml.m5.24xlarge": 5.53,
    "ml.g4dn.xlarge": 0.7364, "ml.g4dn.2xlarge": 0.94, "ml.g4dn.4xlarge": 1.505, "ml.g4dn.12xlarge": 4.89,
    "ml.g5.xlarge": 1.41, "ml.g5.2xlarge": 1.52, "ml.g5.12xlarge": 7.09,
    **{
        f"ml.{family}.{size}": round(price * cpus, 4)
        for family, price in _PER_VCPU.items() for size, cpus in _SIZES.items()
    },
}  # fmt: skip
"""$ per hour. Of the families in `_PER_VCPU` a price per vCPU is known, and each size is reckoned from it."""

_COMPONENTS = {"Training": "Train", "Notebook": "Notebk", "Hosting": "Host", "Processing": "Processing"}


def install() -> None:
    """Route the service in the emulator and let IAM know its one action."""
    from ministack import app
    from ministack.core import iam_actions, router

    require(app, "SERVICE_HANDLERS")["pricing"] = handle_request
    require(router, "SERVICE_PATTERNS")["pricing"] = {
        "target_prefixes": ["AWSPriceListService."],
        "host_patterns": [r"api\.pricing\."],
        "credential_scope": "pricing",
    }
    require(iam_actions, "SERVICE_TO_IAM_NAMESPACE")["pricing"] = "pricing"


async def handle_request(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: Mapping[str, Any]
) -> tuple[int, dict[str, str], bytes]:
    """Answer one request; ministack has checked its signature and the action's permission."""
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    if operation != "GetProducts":
        message = f"The local cloud's price list has no {operation}."
        return _answer(400, {"__type": "UnknownOperationException", "message": message})
    request = parse_json(body or b"{}")
    if "ServiceCode" not in request:
        return _answer(
            400, {"__type": "InvalidParameterException", "message": "ServiceCode must be specified."}
        )
    return _answer(200, get_products(request))


def _answer(status: int, content: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    # A dictionary of its own each time: ministack writes the answer's length into it.
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(content).encode()


def get_products(request: dict[str, Any]) -> dict[str, Any]:
    """Return the products whose attributes have the values of all filters (TERM_MATCH)."""
    wanted = {filter_["Field"]: filter_["Value"] for filter_ in request.get("Filters", [])}
    found = [
        product
        for product in _products()
        if request["ServiceCode"] == product["serviceCode"]
        and wanted.items() <= product["product"]["attributes"].items()
    ]
    size = request.get("MaxResults", 100)
    start = int(request.get("NextToken") or 0)
    answer = {
        "FormatVersion": "aws_v1",
        "PriceList": [json.dumps(product) for product in found[start : start + size]],
    }
    return answer | ({"NextToken": str(start + size)} if len(found) > start + size else {})


def _products() -> Iterator[dict[str, Any]]:
    for number, (instance_type, price) in enumerate(sorted(PRICES.items())):
        for component, usage in _COMPONENTS.items():
            sku = f"LOCAL{number:04d}{component[:5].upper()}"
            rate = f"{sku}.JRTCKXETXF"
            dimension = {
                "unit": "Hrs",
                "endRange": "Inf",
                "beginRange": "0",
                "description": f"${price} per {instance_type} hour, {component}",
                "appliesTo": [],
                "rateCode": f"{rate}.6YS6EN2CT7",
                "pricePerUnit": {"USD": f"{price:.10f}"},
            }
            yield {
                "serviceCode": "AmazonSageMaker",
                "product": {
                    "productFamily": "ML Instance",
                    "sku": sku,
                    "attributes": {
                        "servicecode": "AmazonSageMaker",
                        "servicename": "Amazon SageMaker",
                        "regionCode": "us-east-1",
                        "location": "US East (N. Virginia)",
                        "locationType": "AWS Region",
                        "instanceName": instance_type,
                        "component": component,
                        "usagetype": f"USE1-{usage}:{instance_type}",
                        "operation": "RunInstance",
                    },
                },
                "terms": {
                    "OnDemand": {
                        rate: {
                            "sku": sku,
                            "offerTermCode": "JRTCKXETXF",
                            "effectiveDate": PUBLISHED,
                            "priceDimensions": {dimension["rateCode"]: dimension},
                            "termAttributes": {},
                        }
                    }
                },
                "version": PUBLISHED,
                "publicationDate": PUBLISHED,
            }

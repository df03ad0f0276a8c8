"""The price list, over HTTP: the shape of its answers, its filters, and who may ask."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from local_cloud.pricing import PRICES
from wordvectors.aws.pricing import on_demand_price


def filters(**values: str) -> list[dict[str, str]]:
    return [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in values.items()]


def test_every_type_has_its_price(cloud):
    for instance_type, price in PRICES.items():
        answer = cloud.pricing.get_products(
            ServiceCode="AmazonSageMaker",
            Filters=filters(regionCode="us-east-1", instanceName=instance_type),
        )
        assert on_demand_price(answer["PriceList"], instance_type) == (price, "USD")


def test_a_product_has_the_shape_of_the_price_lists(cloud):
    answer = cloud.pricing.get_products(
        ServiceCode="AmazonSageMaker",
        FormatVersion="aws_v1",
        Filters=filters(usagetype="USE1-Train:ml.c5.xlarge"),
    )
    assert answer["FormatVersion"] == "aws_v1"
    (product,) = map(json.loads, answer["PriceList"])
    assert product["product"]["productFamily"] == "ML Instance"
    assert product["product"]["attributes"]["component"] == "Training"
    ((dimension,),) = [term["priceDimensions"].values() for term in product["terms"]["OnDemand"].values()]
    assert dimension["unit"] == "Hrs"
    assert float(dimension["pricePerUnit"]["USD"]) == 0.204
    assert product["publicationDate"].startswith("2026-09-27")


@pytest.mark.parametrize("wanted", [{"regionCode": "eu-west-1"}, {"instanceName": "ml.p9.huge"}])
def test_what_it_does_not_have_is_an_empty_answer(cloud, wanted):
    answer = cloud.pricing.get_products(ServiceCode="AmazonSageMaker", Filters=filters(**wanted))
    assert answer["PriceList"] == []


def test_pages(cloud):
    pages = list(
        cloud.pricing.get_paginator("get_products").paginate(
            ServiceCode="AmazonSageMaker", PaginationConfig={"PageSize": 50}
        )
    )
    assert len(pages) > 1
    assert sum(len(page["PriceList"]) for page in pages) == 4 * len(PRICES)


def test_asking_takes_a_permission(cloud):
    allowed = cloud.user_client("pricing", cloud.allow(("pricing:GetProducts", "*")))
    assert allowed.get_products(ServiceCode="AmazonSageMaker")["PriceList"]
    denied = cloud.user_client("pricing", cloud.allow(("pricing:DescribeServices", "*")))
    with pytest.raises(ClientError, match="AccessDenied"):
        denied.get_products(ServiceCode="AmazonSageMaker")


def test_other_operations_are_refused_with_a_sentence(cloud):
    with pytest.raises(ClientError, match="price list has no DescribeServices"):
        cloud.pricing.describe_services()

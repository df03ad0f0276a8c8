"""Prices: read out of the Price List's nested JSON, kept for a week, and better old than none."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import ANY, Stubber
from hypothesis import given
from hypothesis import strategies as st

from local_cloud.pricing import get_products
from tests.unit.conftest import BUCKET, REGION, keep_price
from wordvectors.aws.bucket import Bucket
from wordvectors.aws.clients import price_list_client
from wordvectors.aws.pricing import PriceList, on_demand_price
from wordvectors.lifecycle.cost import PriceUnknown

TYPE = "ml.c5.2xlarge"
TODAY = datetime.now(UTC).date().isoformat()


def product(usage: str, *prices: str, unit: str = "Hrs", currency: str = "USD") -> str:
    """A product as the Price List returns it."""
    dimensions = {str(n): {"unit": unit, "pricePerUnit": {currency: price}} for n, price in enumerate(prices)}
    return json.dumps(
        {
            "product": {"attributes": {"usagetype": usage, "instanceName": TYPE}},
            "terms": {"OnDemand": {"A.B": {"priceDimensions": dimensions}}},
        }
    )


@pytest.fixture
def api(account):
    """The price list, whose answers a test puts in; and the list of prices that asks it."""
    client = boto3.client("pricing", region_name="eu-central-1")
    with Stubber(client) as stub:
        yield stub, PriceList(client, Bucket(account.s3, BUCKET), REGION)


def test_training_is_told_from_the_other_uses_of_a_type():
    products = [
        product("EU-Host:ml.c5.2xlarge", "0.9"),
        product("EU-Notebk:ml.c5.2xlarge", "0.8"),
        product("EU-Train:ml.c5.2xlarge", "0.461"),
        product("EU-Train:ml.c5.2xlarge-other", "0.7"),
        product("EU-SpotTrain:ml.c5.2xlarge", "0.1"),
    ]
    assert on_demand_price(products, TYPE) == (0.461, "USD")


def test_of_several_prices_the_dearest_counts_and_what_is_free_does_not():
    products = [product("Train:ml.c5.2xlarge", "0.0000000000", "0.4"), product("Train:ml.c5.2xlarge", "0.5")]
    assert on_demand_price(products, TYPE) == (0.5, "USD")
    assert on_demand_price([product("CNN1-Train:ml.c5.2xlarge", "3.1", currency="CNY")], TYPE) == (3.1, "CNY")


@pytest.mark.parametrize(
    "products",
    [
        [],
        ["not JSON"],
        ["[]"],
        ["{}"],
        [product("Train:ml.c5.2xlarge", "0.4", unit="Quantity")],
        [product("Train:ml.c5.2xlarge", "0")],
        [product("Train:ml.c5.2xlarge", "a lot")],
        [product("Train:ml.c5.2xlarge", "-1")],
        [product("Train:ml.c5.2xlarge", "NaN")],
        ['{"product": {"attributes": {"usagetype": "Train:ml.c5.2xlarge"}}, "terms": {"OnDemand": []}}'],
    ],
)
def test_an_answer_without_a_price_is_no_price(products):
    with pytest.raises(PriceUnknown, match=r"no price for training on ml\.c5\.2xlarge"):
        on_demand_price(products, TYPE)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["product", "attributes", "usagetype", "terms", "OnDemand", "priceDimensions", "unit"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.lists(json_values.map(json.dumps) | st.text(), max_size=3))
def test_whatever_is_answered_it_is_a_price_or_none(products):
    try:
        price, _ = on_demand_price(products, TYPE)
        assert price > 0
    except PriceUnknown:
        pass


def test_the_local_price_list_is_read_by_the_same_code():
    filters = [
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"},
        {"Type": "TERM_MATCH", "Field": "instanceName", "Value": "ml.c5.xlarge"},
    ]
    answer = get_products({"ServiceCode": "AmazonSageMaker", "Filters": filters})
    assert on_demand_price(answer["PriceList"], "ml.c5.xlarge") == (0.204, "USD")


def test_a_price_is_asked_for_once_a_week(api, account):
    stub, prices = api
    answer = {"PriceList": [product("EU-Train:ml.c5.2xlarge", "0.461")]}
    wanted = {
        "ServiceCode": "AmazonSageMaker",
        "FormatVersion": "aws_v1",
        "Filters": [
            {"Type": "TERM_MATCH", "Field": "regionCode", "Value": REGION},
            {"Type": "TERM_MATCH", "Field": "instanceName", "Value": TYPE},
        ],
    }
    stub.add_response("get_products", answer, wanted)

    first, second = prices.price_of(TYPE), prices.price_of(TYPE)

    assert first == second
    assert (first.per_hour, first.currency, first.date) == (0.461, "USD", TODAY)
    kept = json.loads(account.s3.get_object(Bucket=BUCKET, Key=f"prices/{TYPE}.json")["Body"].read())
    assert kept["per_hour"] == 0.461
    stub.assert_no_pending_responses()


def test_all_pages_are_read(api):
    stub, prices = api
    stub.add_response("get_products", {"PriceList": [product("EU-Host:x", "1")], "NextToken": "more"}, None)
    token = {"ServiceCode": ANY, "FormatVersion": ANY, "Filters": ANY, "NextToken": "more"}
    stub.add_response("get_products", {"PriceList": [product(f"EU-Train:{TYPE}", "0.461")]}, token)

    assert prices.price_of(TYPE).per_hour == 0.461


@pytest.mark.parametrize("days_ago", [7, -1])
def test_a_price_that_is_too_old_or_of_a_day_to_come_is_asked_for_again(api, account, days_ago):
    stub, prices = api
    keep_price(account.s3, TYPE, 0.3, days_ago=days_ago)
    stub.add_response("get_products", {"PriceList": [product(f"EU-Train:{TYPE}", "0.461")]})

    assert prices.price_of(TYPE).per_hour == 0.461


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", "InternalErrorException"])
def test_an_old_price_is_better_than_none_and_says_its_date(api, account, code):
    stub, prices = api
    keep_price(account.s3, TYPE, 0.3, days_ago=30)
    stub.add_client_error("get_products", code)

    price = prices.price_of(TYPE)

    assert price.per_hour == 0.3
    assert price.date < TODAY


def test_a_price_that_cannot_be_had_says_why(api):
    stub, prices = api
    stub.add_client_error("get_products", "AccessDeniedException", "not authorized")

    with pytest.raises(PriceUnknown, match=r"did not answer.*not authorized"):
        prices.price_of(TYPE)


def test_a_price_list_out_of_reach(account, monkeypatch):
    client = boto3.client("pricing", region_name="eu-central-1")

    def out_of_reach(*args):
        raise ConnectTimeoutError(endpoint_url="https://api.pricing")

    monkeypatch.setattr(client, "_make_api_call", out_of_reach)
    with pytest.raises(PriceUnknown, match="did not answer"):
        PriceList(client, Bucket(account.s3, BUCKET), REGION).price_of(TYPE)


@pytest.mark.parametrize("kept", ["", "no JSON", "[]", '{"per_hour": 1}', "null"])
def test_a_kept_price_that_is_none_is_passed_over(api, account, kept):
    stub, prices = api
    account.put(f"prices/{TYPE}.json", kept)
    stub.add_response("get_products", {"PriceList": [product(f"EU-Train:{TYPE}", "0.461")]})

    assert prices.price_of(TYPE).per_hour == 0.461


@pytest.mark.parametrize("per_hour", [-1, 0, "1", None])
def test_a_kept_price_must_be_a_price(api, account, per_hour):
    stub, prices = api
    keep_price(account.s3, TYPE, per_hour)
    stub.add_response("get_products", {"PriceList": [product(f"EU-Train:{TYPE}", "0.461")]})

    assert prices.price_of(TYPE).per_hour == 0.461


def test_a_price_that_cannot_be_kept_is_a_price(api, account):
    stub, prices = api
    stub.add_response("get_products", {"PriceList": [product(f"EU-Train:{TYPE}", "0.461")]})
    with Stubber(account.s3) as s3:
        s3.add_response("list_objects_v2", {"KeyCount": 0})
        s3.add_client_error("put_object", "AccessDenied")

        assert prices.price_of(TYPE).per_hour == 0.461


@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        ("us-east-1", "us-east-1"),
        ("ca-central-1", "us-east-1"),
        ("eu-west-1", "eu-central-1"),
        ("ap-northeast-1", "ap-south-1"),
    ],
)
def test_the_nearest_price_list_is_asked(session, region, endpoint):
    client = price_list_client(region, session)
    assert client.meta.region_name == endpoint
    assert endpoint in session.get_available_regions("pricing")

"""What an instance costs per hour of training: from the AWS Price List, kept in the bucket.

The Price List Query API has no operation of the form "price of X": one filters products by their attributes
and reads the price out of nested JSON. What is relied on here, and how far it is known:

* Service code, `regionCode` and `instanceName` as filters, and `usagetype` such as `USE1-Train:ml.m5.large`
  for training, are as published by several projects that asked the API in 2026. A type has further products
  for notebooks, endpoints and processing, told apart by `usagetype` alone.
* `terms.OnDemand.*.priceDimensions.*.pricePerUnit.USD` is documented ("Finding services and products using
  the Price List Query API"). In China the currency is CNY.
* That there is one training price per type and region is not documented; were there several, the dearest
  counts, so that a ceiling is never passed by mistake.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from wordvectors.aws.bucket import Bucket
from wordvectors.aws.errors import TransientServiceError, transient_errors_named
from wordvectors.json_text import parse_json
from wordvectors.lifecycle.cost import Price, PriceUnknown
from wordvectors.lifecycle.keys import PRICES

SERVICE_CODE = "AmazonSageMaker"
MAX_AGE = timedelta(days=7)
"""Prices change rarely, and rarely upwards: a week-old one is good, and asking takes a second."""
_MAX_PAGES = 5
_UNREACHABLE = (BotoCoreError, ClientError, TransientServiceError)


class PriceList:
    """Prices of a region, each kept as `prices/TYPE.json` so that one question a week is asked.

    Parameters
    ----------
    client
        See `clients.price_list_client`.
    bucket
        Where prices are kept.
    region
        The region that instances run in.
    """

    def __init__(self, client: Any, bucket: Bucket, region: str) -> None:
        self._client = client
        self._bucket = bucket
        self._region = region

    def price_of(self, instance_type: str) -> Price:
        """Return the price of an instance type that has been checked: its name becomes part of a key.

        One that was asked for within `MAX_AGE` is taken as it is kept. Else the Price List is asked, and if
        it does not answer, an older price is better than none: it says its date.

        Raises
        ------
        PriceUnknown
            Saying why.
        """
        kept = self._kept(instance_type)
        today = datetime.now(UTC).date()
        if kept is not None and timedelta(0) <= today - date.fromisoformat(kept.date) < MAX_AGE:
            return kept
        try:
            per_hour, currency = on_demand_price(self._products(instance_type), instance_type)
        except PriceUnknown:
            if kept is None:
                raise
            return kept
        price = Price(instance_type, per_hour, currency, today.isoformat())
        with contextlib.suppress(*_UNREACHABLE):  # a person at the command line may only read
            self._bucket.write_json(_key(instance_type), asdict(price))
        return price

    def _kept(self, instance_type: str) -> Price | None:
        try:
            price = Price(**parse_json(self._bucket.read_small(_key(instance_type)) or b"null"))
            date.fromisoformat(price.date)
        except (*_UNREACHABLE, ValueError, TypeError):
            return None  # there is none, or not one of ours
        return price if isinstance(price.per_hour, int | float) and price.per_hour > 0 else None

    def _products(self, instance_type: str) -> Iterable[str]:
        wanted: dict[str, Any] = {
            "ServiceCode": SERVICE_CODE,
            "FormatVersion": "aws_v1",
            "Filters": [
                {"Type": "TERM_MATCH", "Field": "regionCode", "Value": self._region},
                {"Type": "TERM_MATCH", "Field": "instanceName", "Value": instance_type},
            ],
        }
        found: list[str] = []
        try:
            for _ in range(_MAX_PAGES):
                with transient_errors_named():
                    page = self._client.get_products(**wanted)
                found += page.get("PriceList", [])
                if not page.get("NextToken"):
                    break
                wanted["NextToken"] = page["NextToken"]
        except _UNREACHABLE as error:
            raise PriceUnknown(f"the AWS Price List did not answer ({error})") from error
        return found


def on_demand_price(products: Iterable[str], instance_type: str) -> tuple[float, str]:
    """Find the hourly price of training in products as the Price List returns them: JSON, one by one.

    Returns
    -------
    float, str
        The price, and its currency.

    Raises
    ------
    PriceUnknown
        When no product is a training instance of this type with a price per hour.
    """
    usage = re.compile(rf"(^|-)Train:{re.escape(instance_type)}$")
    prices = [
        (float(amount), currency)
        for product in map(_parsed, products)
        if usage.search(str(_mapping(_mapping(product.get("product")).get("attributes")).get("usagetype")))
        for term in _mapping(_mapping(product.get("terms")).get("OnDemand")).values()
        for dimension in _mapping(_mapping(term).get("priceDimensions")).values()
        if str(_mapping(dimension).get("unit")).lower().startswith(("hr", "hour"))
        for currency, amount in _mapping(_mapping(dimension).get("pricePerUnit")).items()
        if re.fullmatch(r"\d+(\.\d+)?", str(amount)) and float(amount) > 0
    ]
    if not prices:
        raise PriceUnknown(f"the AWS Price List has no price for training on {instance_type}")
    return max(prices)


def _parsed(product: str) -> Mapping[str, Any]:
    try:
        return _mapping(parse_json(product))
    except (ValueError, TypeError):
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _key(instance_type: str) -> str:
    return f"{PRICES}{instance_type}.json"

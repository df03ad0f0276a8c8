"""A request and its answer, as they went over the wire."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict

_SCOPE = re.compile(r"/\d{8}/[\w-]+/([\w-]+)/aws4_request")
_NAMED_OTHERWISE = {"states": "stepfunctions", "monitoring": "cloudwatch", "servicequotas": "service-quotas"}
_ERRORS_FROM = 300  # as botocore has it


class Exchange(BaseModel):
    """One HTTP request and its answer.

    Attributes
    ----------
    method, path
        Of the request; the path as it was sent, with its query.
    headers, answer_headers : dict of str to str
        By their names in lower case.
    body, answer_body : bytes
        Without the content of objects.
    status : int
    """

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    answer_headers: dict[str, str]
    answer_body: bytes

    @property
    def service(self) -> str:
        """The service's name in boto3, by what the request is signed for; empty if it is not signed."""
        signed_url = parse_qs(urlsplit(self.path).query).get("X-Amz-Credential", [""])[0]
        found = _SCOPE.search(self.headers.get("authorization", "") or signed_url)
        if found is None:
            return ""
        if self.headers.get("x-amz-target", "").startswith("DynamoDBStreams"):
            return "dynamodbstreams"
        return _NAMED_OTHERWISE.get(found[1], found[1])

    @property
    def refused(self) -> bool:
        """Whether the answer is an error."""
        return self.status >= _ERRORS_FROM

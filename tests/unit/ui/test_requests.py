"""Who is answered: the one who has the key, from our own page; and what is answered."""

from __future__ import annotations

import re

from botocore.exceptions import EndpointConnectionError

from tests.unit.pages.runs import FIRST, HOSTILE, TRAINING
from tests.unit.ui.serving import said, served
from wordvectors.client.deployment import Deployment
from wordvectors.lifecycle.run import Changes, Progress
from wordvectors.lifecycle.status import RunStatus


def test_the_printed_address_is_exchanged_for_a_cookie_that_opens_the_pages(site):
    guard = site.server.guard
    entrance = site.ask(guard.address.partition(str(guard.port))[2], Cookie=None, Sec_Fetch_Site="cross-site")

    cookie = entrance.headers["Set-Cookie"]
    assert cookie.endswith(f"; Path={guard.folder}; HttpOnly; SameSite=Strict")
    (leads_to,) = re.findall(r'content="0;url=([^"]*)"', entrance.text)
    page = site.ask(
        leads_to, Cookie=f"_xsrf=2|a; broken; {cookie.partition(';')[0]}", Sec_Fetch_Site="same-origin"
    )
    assert page.status == 200
    assert page.text.count("<tr data-run=") == 7


STRANGERS: list[dict[str, str | None]] = [
    {"Cookie": None},
    {"Cookie": "wordvectors="},
    {"Cookie": "wordvectors=0123456789"},
    {"Host": None},
    {"Host": "rebound.example.org"},
    {"Host": "127.0.0.1:1"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "null"},
    {"Sec_Fetch_Site": "same-site"},
    {"Sec_Fetch_Site": "cross-site"},
]


def test_others_are_told_nothing(site):
    for headers in STRANGERS:
        for path in ("", f"report/{FIRST}", "nowhere", "/"):
            answer = site.ask(path, **headers)

            assert answer.status == 403, (headers, path)
            assert "wv-" not in answer.text
            assert "Set-Cookie" not in answer.headers


def test_an_address_that_is_none_is_refused_and_not_told_to_the_terminal(site, capfd):
    for host in (site.host, "rebound.example.org"):
        assert site.ask("http://[x/", Host=host, Cookie=None).status == 403
    assert site.ask("http://[x/").status == 404
    assert capfd.readouterr().err == ""


def test_a_wrong_key_is_not_exchanged(site):
    for key in ("", "0123", "%00", "%C3%A9"):
        answer = site.ask(f"/?key={key}", Cookie=None)
        assert (answer.status, answer.headers["Set-Cookie"]) == (403, None)
    right = site.server.guard.key
    assert site.ask(f"/?key={right}", Host="rebound.example.org", Cookie=None).status == 403


def test_what_is_not_there_is_not_found(site, account):
    account.put("corpora/blogs.txt", "secret")
    for path in (
        "report/../../corpora/blogs", "report/..%2F..%2Fcorpora", "report/", "report/%00", "report/wv-nowhere",
        "etc/passwd", "report/wv%0d%0aSet-Cookie:x", "/", "//127.0.0.1/",
    ):  # fmt: skip
        answer = site.ask(path)
        assert answer.status == 404, path
        assert "secret" not in answer.text


def test_each_answer_forbids_what_a_page_of_ours_does_not_need(site):
    for path in ("", "nowhere"):
        headers = site.ask(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_a_page_that_is_unchanged_is_not_sent_again_and_a_change_is(site, account):
    site.server.site._seconds = 0
    first = site.ask("")
    assert site.ask("", If_None_Match=first.headers["ETag"]).status == 304

    account.runs.advance(TRAINING, RunStatus.TRAINING, Changes(progress=Progress(percent=73.0)))

    then = site.ask("", If_None_Match=first.headers["ETag"])
    assert then.status == 200
    assert "73 %" in said(then)


def test_what_people_write_on_runs_is_text(site):
    page = site.ask("")
    assert HOSTILE not in page.text
    assert HOSTILE.replace("<", "&lt;").replace(">", "&gt;") in page.text


def test_a_report_is_what_lies_in_the_bucket_and_may_ask_nobody(site, account):
    account.put(f"runs/{FIRST}/report.html", "<h1>A report</h1>")

    answer = site.ask(f"report/{FIRST}")

    assert (answer.status, answer.text) == (200, "<h1>A report</h1>")
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"sandbox allow-scripts allow-downloads", "default-src 'none'", "frame-ancestors 'none'"} <= set(
        policy
    )


def test_what_aws_refuses_is_said(account, session, outputs):
    with served(Deployment(session, None, {**outputs, "TableName": "removed"})) as site:
        answer = site.ask("")
    assert answer.status == 502
    assert "not found" in said(answer)


def test_a_local_cloud_that_has_ended_is_no_fault_of_aws(site, monkeypatch):
    def ask(*_):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:4566/")

    monkeypatch.setattr(site.server.site, "page", ask)
    answer = site.ask("")
    assert (answer.status, "AWS" in answer.text) == (502, False)
    assert "wordvectors local start" in answer.text


def test_a_head_request_is_answered_as_a_get_without_its_body(site):
    whole, head = site.ask(""), site.ask("", method="HEAD")
    assert (head.status, head.text) == (200, "")
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]


def test_a_request_of_another_kind_is_refused(site):
    for method in ("PUT", "DELETE", "OPTIONS"):
        assert site.ask("", method).status == 501

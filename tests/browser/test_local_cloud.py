"""A page of another site, open in the user's browser, tries all that a page can against the local cloud."""

from __future__ import annotations

import pytest

from local_cloud import account

TRIES = """async ({cloud, bucket}) => {
  const seen = {};
  const note = (name, doing) => doing.then(
    (what) => { seen[name] = what; }, (error) => { seen[name] = `refused: ${error.name}`; });
  const loaded = (element, attributes) => new Promise((resolve, reject) => {
    Object.assign(element, attributes);
    element.onload = () => resolve("loaded");
    element.onerror = () => reject(new Error("not loaded"));
    document.body.append(element);
  });
  const read = async (path, options) => (await fetch(cloud + path, options)).text();
  const blind = async (path, options) => {
    const answer = await fetch(cloud + path, {mode: "no-cors", ...options});
    return answer.type === "opaque" ? "opaque" : `read ${await answer.text()}`;
  };
  const put = {method: "POST", headers: {"X-Amz-Target": "DynamoDB_20120810.ListTables"}, body: "{}"};
  const query = "Action=CreateQueue&QueueName=by-a-page&X-Amz-Credential=AKIA/1/us-east-1/sqs/aws4_request";
  const forged = "AWS4-HMAC-SHA256 Credential=test/20261127/us-east-1/s3/aws4_request, Signature=0";
  await Promise.all([
    note("fetch an object", read(`/${bucket}/corpora/x.txt`)),
    note("fetch the proof", read("/_wordvectors/server?nonce=1")),
    note("fetch with a target", read("/", put)),
    note("fetch with a forged signature", read(`/${bucket}`, {headers: {Authorization: forged}})),
    note("PUT a corpus", read(`/${bucket}/corpora/page.txt`, {method: "PUT", body: "a page"})),
    note("DELETE an object", read(`/${bucket}/corpora/x.txt`, {method: "DELETE"})),
    note("POST blindly", blind("/", {method: "POST", body: new URLSearchParams(query)})),
    note("POST the reset blindly", blind("/_ministack/reset", {method: "POST"})),
    note("GET a queue blindly", blind(`/?${query}`)),
    note("beacon", Promise.resolve(navigator.sendBeacon(`${cloud}/?${query}`, "x") ? "sent" : "not sent")),
    note("img", loaded(new Image(), {src: `${cloud}/${bucket}/corpora/x.svg`})),
    note("script", loaded(document.createElement("script"), {src: `${cloud}/${bucket}/corpora/x.js`})),
    note("stylesheet", loaded(document.createElement("link"), {rel: "stylesheet", href: `${cloud}/${bucket}/x.css`})),
    note("EventSource", new Promise((resolve, reject) => {
      const events = new EventSource(`${cloud}/${bucket}/corpora/x.txt`);
      events.onopen = () => resolve("open");
      events.onerror = () => { events.close(); reject(new Error("closed")); };
    })),
    ...["/mqtt", "/"].map((path) => note(`WebSocket ${path}`, new Promise((resolve, reject) => {
      const socket = new WebSocket(cloud.replace("http", "ws") + path, "mqtt");
      socket.onopen = () => resolve("open");
      socket.onerror = () => reject(new Error("closed"));
    }))),
    note("form", new Promise((resolve) => {
      const frame = document.createElement("iframe");
      frame.name = "answer";
      const form = document.createElement("form");
      Object.assign(form, {method: "post", action: `${cloud}/?${query}`, target: "answer", enctype: "text/plain"});
      frame.onload = () => {
        try {
          if (frame.contentWindow.location.href === "about:blank") return;
          resolve(`read ${frame.contentDocument.body.textContent}`);
        } catch (error) { resolve(`refused: ${error.name}`); }
      };
      document.body.append(frame, form);
      form.submit();
    })),
  ]);
  return seen;
}"""


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    """A local cloud."""
    home = tmp_path_factory.mktemp("home")
    yield account.start(home, deploy=False)
    account.stop(home)


def test_a_page_changes_nothing_and_reads_nothing(browser, connection, web_site):
    s3, sqs = (connection.client(name) for name in ("s3", "sqs"))
    s3.create_bucket(Bucket="words")
    for key in ("x.txt", "x.svg", "x.js"):
        s3.put_object(Bucket="words", Key=f"corpora/{key}", Body=b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    page = browser.new_page()
    page.goto(web_site)

    seen = page.evaluate(TRIES, {"cloud": connection.endpoint_url, "bucket": "words"})

    told_nothing = {name: what for name, what in seen.items() if what in ("opaque", "sent")}
    assert set(told_nothing) == {"POST blindly", "POST the reset blindly", "GET a queue blindly", "beacon"}
    assert {what.split(":")[0] for name, what in seen.items() if name not in told_nothing} == {"refused"}
    assert len(seen) == 17
    page.close()
    assert sqs.list_queues().get("QueueUrls", []) == []
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="words")["Contents"]]
    assert keys == ["corpora/x.js", "corpora/x.svg", "corpora/x.txt"]


def test_a_page_that_the_local_cloud_would_serve_is_not_served(browser, connection):
    """The user follows a link to the local cloud itself: nothing is shown, so no script has its origin."""
    page = browser.new_page()
    answer = page.goto(f"{connection.endpoint_url}/words/corpora/x.txt")
    assert answer is not None
    assert answer.status == 403
    page.close()

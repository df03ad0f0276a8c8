"""The list of runs in a browser: in order, filtered, by keyboard, up to date, and what it lets nobody else do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, MOST_MILLISECONDS
from tests.browser.test_page import CONTRAST
from tests.unit.conftest import account, outputs, session  # noqa: F401  fixtures
from tests.unit.pages.runs import FIRST, HOSTILE, TRAINING, thirty_runs
from tests.unit.ui.serving import put_runs, served
from wordvectors.client.deployment import Deployment
from wordvectors.lifecycle.run import Changes, Progress, Run
from wordvectors.lifecycle.status import RunStatus
from wordvectors.pages.runs import runs_page

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def site(account, session, outputs):  # noqa: F811
    """Thirty runs, served."""
    place = Deployment(session, None, outputs)
    put_runs(place, thirty_runs())
    account.put(f"runs/{FIRST}/report.html", REPORT)
    with served(place) as pages:
        pages.server.site._seconds = 0.2
        yield pages


@pytest.fixture
def tab(browser):
    """Open an address in a new window: `tab(address, color_scheme="dark")`. No script of another runs in it."""
    opened, faults = [], []

    def open_page(address: str, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, **options})
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(MOST_MILLISECONDS)
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}") or dialog.dismiss())
        page.goto(address)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert faults == []


@pytest.fixture
def show(tab, tmp_path):
    """Open the list as a file."""
    path = tmp_path / "runs.html"
    path.write_text(runs_page(thirty_runs()))
    return lambda **options: tab(path.as_uri(), **options)


@pytest.fixture
def live(tab, site):
    """Open the list as it is served, by the address that was printed."""

    def open_page(**options: Any) -> Page:
        page = tab(site.server.guard.address, **options)
        page.wait_for_url(f"**{site.server.guard.folder}")
        return page

    return open_page


def names(page: Page) -> list[str]:
    """Return the runs that are seen, in their order."""
    return page.locator("#runs tbody tr:visible .name").all_inner_texts()


REPORT = """<h1>A report</h1><script>
const tries = [fetch("/"), (async () => document.cookie)(), (async () => self.origin)()];
Promise.allSettled(tries).then((all) => {
  document.title = all.map((one) => one.status === "fulfilled" ? one.value : "refused").join(", ");
});
</script>"""


def test_runs_are_put_in_order_by_any_column_and_those_that_cant_be_ranked_are_last(show):
    page, newest = show(), [run.run_id for run in thirty_runs()]
    assert names(page) == newest
    by_score = page.get_by_role("button", name="mean_rho")

    by_score.focus()
    page.keyboard.press("Enter")

    ranked = sorted((run for run in thirty_runs() if run.mean_rho), key=lambda run: -(run.mean_rho or 0))
    sure = [run.run_id for run in ranked if not run.doubt("mean_rho")]
    doubtful = [run.run_id for run in ranked if run.doubt("mean_rho")]
    assert len(doubtful) == 3
    assert names(page)[: len(ranked)] == sure + doubtful
    expect(page.locator("th[aria-sort=descending]")).to_have_text("mean_rho")
    expect(by_score).to_be_focused()
    by_score.press("Enter")
    assert names(page)[0] == doubtful[-1]
    page.reload()
    assert names(page)[0] == doubtful[-1]


def test_a_filter_leaves_the_rows_that_have_all_words_and_columns_can_be_chosen(show):
    page = show()

    page.get_by_label("Filter").fill("BLOGS phrases completed")
    wanted = [run.run_id for run in thirty_runs() if "phrases" in run.tags and run.corpus.name == "blogs"]
    assert names(page) == wanted
    expect(page.locator("#shown")).to_have_text(f"{len(wanted)} of 30 runs")

    shown = page.locator("#runs thead th:visible").all_inner_texts()
    assert {"vector_dim", "window_size", "mode", "batch_size"} < set(shown)  # epochs are all the same
    assert "epochs" not in shown
    assert "WS-353-SIM" not in shown
    page.get_by_text("Columns").click()
    page.get_by_label("WS-353-SIM").check()
    expect(page.locator("#runs thead th", has_text="WS-353-SIM")).to_be_visible()


def test_what_changes_is_seen_without_loading_the_page_again(live, site, account):  # noqa: F811
    page = live()
    page.get_by_label("Filter").fill("wv-")
    page.evaluate("window.same = true; document.querySelector('tbody tr').same = true")
    row = page.locator(f"tr[data-run={TRAINING}]")
    expect(row.locator("progress")).to_have_attribute("value", "10.0")

    account.runs.advance(TRAINING, RunStatus.TRAINING, Changes(progress=Progress(percent=73.0)))
    account.runs.claim(Run(run_id="wv-another", status=RunStatus.PLANNED))

    expect(row.locator("progress")).to_have_attribute("value", "73.0")
    expect(page.locator("#runs tbody tr").first).to_contain_text("wv-another")
    expect(page.locator("#counts")).to_contain_text("1 planned")
    expect(page.get_by_label("Filter")).to_have_value("wv-")
    assert page.evaluate(f"window.same && document.querySelector('tr[data-run={TRAINING}]').same")

    site.server.site._seconds = 60
    site.server.guard.__dict__["key"] = "another"
    expect(page.locator("#stale")).to_contain_text("open the address that `wordvectors ui` has printed")


def test_a_report_is_shown_and_can_not_do_what_the_list_can(live):
    page = live()
    page.get_by_role("link", name=FIRST).click()

    expect(page.get_by_role("heading", name="A report")).to_be_visible()
    expect(page).to_have_title("refused, refused, null")


def test_runs_are_written_on_and_removed_by_keyboard_alone(live, account):  # noqa: F811
    page, (run_id, other) = live(), (run.run_id for run in thirty_runs()[3:5])
    toolbar = page.get_by_role("toolbar")
    expect(toolbar).to_be_hidden()

    page.get_by_label(f"Choose {run_id}").press("Space")
    toolbar.get_by_role("button", name="Note").press("Enter")
    expect(page.get_by_label("Note; an empty one")).to_have_value(HOSTILE)
    page.keyboard.type("better")
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_have_text(f"{run_id} has this note.")
    expect(page.locator(f"tr[data-run={run_id}] .written")).to_have_text(HOSTILE + "better")
    expect(toolbar.get_by_role("button", name="Note")).to_be_focused()

    page.get_by_label(f"Choose {other}").press("Space")
    expect(toolbar.get_by_role("button", name="Promote")).to_be_disabled()
    expect(toolbar.get_by_role("link", name="Compare")).to_have_attribute(
        "href", f"compare?run={run_id}&run={other}"
    )
    toolbar.get_by_role("button", name="Remove").press("Enter")
    expect(page.get_by_role("dialog", name="Remove these 2 runs for good")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()  # behind it no button takes a key
    expect(page.locator(f"tr[data-run={run_id}]")).to_be_visible()

    toolbar.get_by_role("button", name="Remove").press("Enter")
    expect(page.get_by_role("dialog").get_by_role("button", name="Remove")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_have_text(
        f"{run_id} was removed.\n{other} was removed.", use_inner_text=True
    )
    expect(page.locator(f"tr[data-run={run_id}]")).to_have_count(0)
    expect(toolbar).to_be_hidden()
    assert account.runs.get(run_id) is None


def test_what_is_refused_is_said_and_what_is_chosen_stays_chosen(live, account):  # noqa: F811
    page = live()
    page.get_by_label("Filter").fill("training blogs")
    page.get_by_label("Choose all that are shown").check()
    expect(page.locator("#ticked")).to_have_text("1 run")
    expect(page.get_by_text("Compare", exact=True)).to_be_hidden()

    page.get_by_role("button", name="Remove").click()

    expect(page.locator("#told.wrong")).to_contain_text(f"{TRAINING} is TRAINING")
    account.runs.claim(Run(run_id="wv-another", status=RunStatus.PLANNED))
    page.get_by_label("Filter").fill("")
    expect(page.locator("tr[data-run=wv-another]")).to_be_visible()
    expect(page.locator("#ticked")).to_have_text("1 run")


ANOTHER_SITE = """async ({folder, wish}) => {
  const loaded = (name, attributes) => new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement(name), attributes, {onerror: reject});
    element.onload = () => name === "iframe" && !element.contentDocument ? reject() : resolve();
    document.body.append(element);
  });
  const post = (how) => fetch(`${folder}do/note`, {method: "POST", credentials: "include", body: wish, ...how});
  const tries = {
    read: () => fetch(folder, {credentials: "include"}),
    act: () => post({headers: {"Content-Type": "application/json"}}),
    blind: () => post({mode: "no-cors"}).then((answer) => answer.text()).then((text) => text || Promise.reject()),
    frame: () => loaded("iframe", {src: folder}),
    script: () => loaded("script", {src: folder}),
    image: () => loaded("img", {src: folder}),
  };
  const seen = {};
  for (const [name, attempt] of Object.entries(tries)) seen[name] = await attempt().then(() => "done", () => "refused");
  return seen;
}"""


def test_a_page_of_another_site_does_nothing_even_if_it_knew_the_folder(live, site, web_site, account):  # noqa: F811
    other = live().context.new_page()
    wish = {
        "folder": f"http://{site.host}{site.server.guard.folder}",
        "wish": json.dumps({"runs": [FIRST], "text": "x"}),
    }
    for address in (web_site, web_site.replace("127.0.0.1", "localhost")):
        other.goto(address)
        seen = other.evaluate(ANOTHER_SITE, wish)
        assert len(seen) == 6
        assert set(seen.values()) == {"refused"}, (address, seen)
    assert account.runs.get(FIRST).note is None

    answer = other.goto(web_site)
    assert answer is not None
    assert (
        "cookie" not in answer.request.all_headers()
    )  # another server of this machine is not sent what opens ours


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_both_schemes(show, scheme):
    page = show(color_scheme=scheme)
    for selector in (
        ".where", ".completed", ".failed", ".stopped", ".queued", ".promoted", ".label", ".written", "td small",
        "#runs thead button", "td .doubt",
    ):  # fmt: skip
        assert page.evaluate(CONTRAST, selector) >= 4.5, (scheme, selector)


def test_on_a_phone_each_run_is_a_card_and_nothing_is_cut_off(show):
    page = show(viewport=PHONE, has_touch=True, is_mobile=True)

    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.evaluate(
        "[...document.querySelectorAll('#runs tbody *')].every((e) => e.getBoundingClientRect().right <= 390)"
    )
    page.get_by_label("Order by").select_option("mean_rho ↓")
    best = max(
        (run for run in thirty_runs() if run.mean_rho and not run.doubt("mean_rho")),
        key=lambda run: run.mean_rho or 0,
    )
    assert names(page)[0] == best.run_id


def test_what_people_write_is_text(show):
    page = show()
    expect(page.get_by_text(HOSTILE)).to_be_visible()
    expect(page.locator("img")).to_have_count(0)


def test_the_file_can_be_read_without_scripts_and_asks_nobody(show):
    page, asked = show(java_script_enabled=False), []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()

    assert names(page) == [run.run_id for run in thirty_runs()]
    expect(page.get_by_label("Filter")).to_be_hidden()
    assert asked == [page.url]

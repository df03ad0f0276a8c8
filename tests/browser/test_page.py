"""The page as a whole: read aloud, in the dark, on a phone, without scripts, and with what should not be in it."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import HOSTILE, PHONE
from tests.browser.pages import dot, lonely, look_at_map, neighbours_shown
from wordvectors.lifecycle.plan import resolve_plan


def test_the_table_behind_the_map_has_each_word_with_its_neighbours(show, contents):
    page = show()
    page.get_by_text("The map as a table").click()

    table = page.get_by_role("table", name="The 400 most frequent words with their places on the map")
    expect(table.locator("tbody tr")).to_have_count(400)
    row = table.get_by_role("row", name="animal0")
    expect(row.first).to_contain_text(
        f"{contents.words[0].neighbours[0][0]} {contents.words[0].neighbours[0][1]:.2f}"
    )


def test_a_screen_reader_hears_what_each_part_is(show):
    page = show()

    expect(page.get_by_role("heading", level=1)).to_have_text("pets")
    for name in (
        "Scores",
        "Map of words",
        "Neighbours of probe words",
        "Pairs it gets most wrong",
        "Training",
        "Use the model",
    ):
        expect(page.get_by_role("region", name=name, exact=True)).to_have_count(1)
    expect(page.get_by_role("application", name="Map of 400 words")).to_be_visible()
    expect(page.get_by_text("The learning rate goes from 0.05 to 0 in 1 h 30 min")).to_be_visible()
    expect(page.get_by_role("table", name="Scores per evaluation set, beside other runs")).to_be_visible()


def test_the_plan_and_the_scores_are_files_to_keep(show, tmp_path):
    page = show()

    kept = {}
    for link in ("its plan", "its scores"):
        with page.expect_download() as download:
            page.get_by_role("link", name=link, exact=True).click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        kept[path.name.rpartition("-")[2]] = json.loads(path.read_text())

    assert resolve_plan(kept["plan.json"]).hyperparameters.vector_dim == 100
    assert kept["scores.json"]["certainty"]["mean_rho"]["interval"]["low"] < kept["scores.json"]["mean_rho"]


CONTRAST = """selector => {
  const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const element = document.querySelector(selector);
  const ink = getComputedStyle(element)[element instanceof SVGElement ? "fill" : "color"];
  let behind = element;
  const background = (of) => getComputedStyle(of).backgroundColor;
  while (background(behind) === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
  const [a, b] = [light(ink), light(background(behind))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""
"""Contrast of a text with what is behind it (WCAG 2.2, 1.4.3)."""


TEXTS = (
    "h1", ".note", ".kind", "thead th", ".rho", "td .same", ".over", ".under", "#found", "summary", ".facts dt",
    ".card h3", ".card .rank", ".within",
    "#clusters button", "#clusters small", "#results button", "#map text:not(.match)", "#map text.match", ".tick",
)  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_both_schemes(show, scheme):
    page = show(color_scheme=scheme)
    page.get_by_label("Find a word").fill("animal3")
    page.keyboard.press("Enter")

    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    lightness = sum(map(int, background.removeprefix("rgb(").removesuffix(")").split(",")))
    assert (lightness > 600) if scheme == "light" else (lightness < 120)
    for selector in TEXTS:
        assert page.evaluate(CONTRAST, selector) >= 4.5, (scheme, selector)


def test_on_a_phone_nothing_is_cut_off_and_a_tap_pins(show, contents):
    page = show(viewport=PHONE, has_touch=True, is_mobile=True)

    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    map_box, card_box = page.locator("#map").bounding_box(), page.locator("#cards").bounding_box()
    assert map_box["x"] >= 0
    assert map_box["x"] + map_box["width"] <= PHONE["width"]
    assert card_box["y"] > map_box["y"] + map_box["height"]

    look_at_map(page)
    word = lonely(contents)
    page.touchscreen.tap(*dot(page, contents, word.word))

    assert neighbours_shown(page, word.word) == [near for near, _ in word.neighbours]
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


BROKEN = """() => {
  const range = document.createRange(), broken = [];
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode());) {
    for (const number of text.data.matchAll(/[$−+]?\\d[\\d.,:-]*%?/g)) {
      range.setStart(text, number.index);
      range.setEnd(text, number.index + number[0].length);
      const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
      const prose = text.parentElement.closest("code, .note") || text.data.includes("://");
      if (lines.size > 1 && !prose) broken.push(text.data);
    }
  }
  return broken;
}"""
"""The texts in which a number begins on one line and ends on another; names of objects aside."""


@pytest.mark.parametrize("width", [360, 390, 1240])
def test_no_number_is_broken_and_no_label_of_an_axis_cut_off(show, width):
    page = show(viewport={"width": width, "height": 800})

    assert page.evaluate(BROKEN) == []
    cut = page.evaluate("""() => [...document.querySelectorAll(".chart svg")].flatMap((svg) => {
      const {left, right} = svg.getBoundingClientRect();
      return [...svg.querySelectorAll("text")].filter((text) => {
        const box = text.getBoundingClientRect();
        return box.left < left - 0.5 || box.right > right + 0.5;
      }).map((text) => text.textContent);
    })""")
    assert cut == []
    assert page.locator(".chart .tick").count() > 6


def test_a_word_that_would_be_markup_is_text(show):
    page = show()
    page.get_by_label("Find a word").fill("<img")
    page.keyboard.press("Enter")

    expect(page.locator("#cards h3")).to_have_text([HOSTILE])
    expect(page.locator("img")).to_have_count(0)


def test_without_scripts_all_but_the_map_is_there(show):
    page = show(java_script_enabled=False)

    expect(page.get_by_text("The map is drawn by a script")).to_be_visible()
    expect(
        page.get_by_role("table", name="Pairs with the largest differences between their ranks")
    ).to_be_visible()


def test_a_script_that_got_into_the_page_would_not_run(browser, report):
    """Whatever is added to the file: its policy knows one script, and no address to send anything to."""
    changed = report.with_name("changed.html")
    changed.write_text(report.read_text().replace("<main>", "<main><script>window.here = true</script>", 1))
    page = browser.new_page()
    page.goto(changed.as_uri())

    assert page.evaluate("window.here") is None
    assert page.evaluate("fetch('https://example.org').then(() => 'sent', () => 'refused')") == "refused"
    page.close()

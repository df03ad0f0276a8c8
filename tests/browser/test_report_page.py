"""Search, hover, pin, zoom, keyboard, touch, dark mode and narrow screens. No page says or asks anything else."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HOSTILE, PHONE
from wordvectors.report.contents import Contents, MapWord


def dot(page: Page, contents: Contents, word: str) -> tuple[float, float]:
    """Return where a word's dot is on the screen."""
    index = [found.word for found in contents.words].index(word)
    box = page.locator("#map circle").nth(index).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def look_at_map(page: Page) -> None:
    """Bring the whole map into sight."""
    page.locator("#map").evaluate("map => map.scrollIntoView({block: 'center'})")


def neighbours_shown(page: Page, word: str) -> list[str]:
    """Return the neighbours on the card of a word."""
    card = page.locator("#cards article", has=page.get_by_role("heading", name=word, exact=True))
    return card.locator("li > :first-child").all_inner_texts()


def lonely(contents: Contents) -> MapWord:
    """Return the word that is farthest from all others: what points at it points at no other."""

    def room(word: MapWord) -> float:
        return min((w.x - word.x) ** 2 + (w.y - word.y) ** 2 for w in contents.words if w is not word)

    return max(contents.words, key=room)


def test_hovering_shows_ten_neighbours_and_leaving_hides_them(show, contents):
    page, word = show(), lonely(contents)
    look_at_map(page)
    expect(page.locator("#cards article")).to_have_count(0)

    page.mouse.move(*dot(page, contents, word.word))

    expect(page.locator("#cards article")).to_have_count(1)
    assert neighbours_shown(page, word.word) == [near for near, _ in word.neighbours]
    assert len(word.neighbours) == 10
    on_map = {found.word for found in contents.words}
    expect(page.locator("#map line")).to_have_count(
        len([near for near, _ in word.neighbours if near in on_map])
    )

    page.mouse.move(5, 5)
    expect(page.locator("#cards article")).to_have_count(0)


def test_a_click_pins_and_another_lets_go(show, contents):
    page, word = show(), lonely(contents)
    look_at_map(page)
    place = dot(page, contents, word.word)

    page.mouse.click(*place)
    page.mouse.move(5, 5)

    assert neighbours_shown(page, word.word) == [near for near, _ in word.neighbours]
    expect(page.locator("#map circle.pinned")).to_have_count(1)

    page.mouse.click(*place)
    page.mouse.move(5, 5)
    expect(page.locator("#cards article")).to_have_count(0)


def test_several_words_stay_pinned_beside_each_other_until_their_button_is_pressed(show):
    page = show()
    for word in ("animal3", "verb7"):
        page.get_by_label("Find a word").fill(word)
        page.keyboard.press("Enter")

    expect(page.locator("#cards h3")).to_have_text(["verb7", "animal3"])

    page.get_by_role("button", name="Unpin verb7").click()
    expect(page.locator("#cards h3")).to_have_text(["animal3"])


def test_searching_marks_what_begins_so_and_enter_pins_the_first(show, contents):
    page = show()
    search = page.get_by_label("Find a word")

    search.fill("city1")
    expect(page.locator("#found")).to_have_text("11 words")
    expect(page.locator("#map text.match")).to_have_count(11)

    search.fill("ITY99")
    expect(page.locator("#map text.match")).to_have_text(["city99"])
    search.press("Enter")
    word = next(found for found in contents.words if found.word == "city99")
    assert neighbours_shown(page, "city99") == [near for near, _ in word.neighbours]

    search.fill("zebra")
    expect(page.locator("#found")).to_have_text("Not among these 400")
    search.press("Escape")
    expect(search).to_have_value("")
    expect(page.locator("#map .match")).to_have_count(0)


def test_a_neighbour_on_the_map_leads_to_its_own_neighbours(show, contents):
    page = show()
    page.get_by_label("Find a word").fill("number5")
    page.keyboard.press("Enter")
    word = next(found for found in contents.words if found.word == "number5")

    page.locator("#cards").get_by_role("button", name=word.neighbours[0][0], exact=True).click()

    nearest = next(found for found in contents.words if found.word == word.neighbours[0][0])
    assert neighbours_shown(page, nearest.word) == [near for near, _ in nearest.neighbours]


def spread(page: Page, contents: Contents) -> float:
    """Return how far the outermost words stand apart on the screen."""
    by_x = sorted(contents.words, key=lambda word: word.x)
    return dot(page, contents, by_x[-1].word)[0] - dot(page, contents, by_x[0].word)[0]


def test_buttons_keys_and_wheel_zoom(show, contents):
    page = show()
    look_at_map(page)
    whole = spread(page, contents)
    labelled = page.locator("#map text:not(.unlabelled)").count()

    page.get_by_role("button", name="Zoom in").click()
    assert spread(page, contents) == pytest.approx(1.6 * whole, rel=0.02)
    page.get_by_role("button", name="Zoom out").click()
    assert spread(page, contents) == pytest.approx(whole, rel=0.02)

    page.locator("#map").focus()
    for _ in range(3):
        page.keyboard.press("+")
    assert spread(page, contents) == pytest.approx(1.5**3 * whole, rel=0.02)
    page.keyboard.press("0")
    assert spread(page, contents) == pytest.approx(whole, rel=0.02)

    page.mouse.move(*dot(page, contents, lonely(contents).word))
    before = dot(page, contents, lonely(contents).word)
    page.mouse.wheel(0, -300)
    expect(page.locator("#map text.active")).to_have_count(1)
    assert spread(page, contents) == pytest.approx(2.718 * whole, rel=0.02)
    assert dot(page, contents, lonely(contents).word) == pytest.approx(
        before, abs=1
    )  # what is pointed at stays
    page.mouse.move(5, 5)
    assert labelled < len(contents.words)


def test_the_wheel_scrolls_the_page_until_the_map_has_the_focus(show, contents):
    page = show()
    look_at_map(page)
    whole, top = spread(page, contents), page.evaluate("scrollY")
    page.mouse.move(*dot(page, contents, lonely(contents).word))

    page.mouse.wheel(0, 120)
    page.wait_for_function("top => scrollY > top", arg=top)

    assert spread(page, contents) == pytest.approx(whole, rel=0.001)


def test_dragging_moves_a_map_that_is_larger_than_its_frame(show, contents):
    page = show()
    look_at_map(page)
    page.get_by_role("button", name="Zoom in").click()
    middle = page.locator("#map").bounding_box()
    x, y = middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2
    before = dot(page, contents, "animal0")

    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 30, steps=6)
    page.mouse.up()

    after = dot(page, contents, "animal0")
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((60, 30), abs=2)
    expect(page.locator("#map .pinned")).to_have_count(0)


def test_the_keyboard_goes_from_word_to_word_pins_and_lets_go(show):
    page = show()
    page.locator("#zoom-reset").focus()
    page.keyboard.press("Tab")
    expect(page.locator("#map")).to_be_focused()

    page.keyboard.press("ArrowRight")
    first = page.locator("#cards h3").inner_text()
    page.keyboard.press("ArrowRight")
    second = page.locator("#cards h3").inner_text()
    assert first != second
    expect(page.locator("#said")).to_contain_text(f"{second}: ")

    page.keyboard.press("Enter")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#cards h3").nth(1)).to_have_text(second)
    page.keyboard.press("Escape")
    expect(page.locator("#cards h3")).to_have_text([second])
    page.keyboard.press("Escape")
    expect(page.locator("#cards article")).to_have_count(0)


def test_each_word_can_be_reached_by_arrows(show):
    """Up to the edge: an arrow always goes on in its direction, and stays where nothing follows."""
    page = show()
    page.locator("#map").focus()
    seen: list[str] = []
    for _ in range(80):
        page.keyboard.press("ArrowUp")
        seen.append(page.locator("#cards h3").inner_text())
    moves = len(set(seen))
    assert moves > 3
    assert seen[-1] == seen[-2] == seen[moves - 1]


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
    ):
        expect(page.get_by_role("region", name=name, exact=True)).to_have_count(1)
    expect(page.get_by_role("application", name="Map of 400 words")).to_be_visible()
    expect(page.get_by_role("img", name="The learning rate goes from 0.05 to 0 in 4 s")).to_be_visible()
    expect(page.get_by_role("table", name="Scores per evaluation set, beside other runs")).to_be_visible()


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
    ".card h3", ".card .rank", "#map text:not(.match)", "#map text.match", ".tick",
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

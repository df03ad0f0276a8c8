"""The map: search, hover, pin, zoom, keyboard. No page says anything on its console, or asks for anything."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import dot, lonely, look_at_map, neighbours_shown
from wordvectors.pages.report.contents import Contents


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
    expect(page.locator("#found")).to_have_text(
        f"Not among these {len(contents.words) + len(contents.further)}"
    )
    search.press("Escape")
    expect(search).to_have_value("")
    expect(page.locator("#map .match")).to_have_count(0)


def test_a_word_that_is_not_on_the_map_is_found_with_its_neighbours(show, contents):
    page, word = show(), contents.further[7]
    page.get_by_label("Find a word").fill(word.word)
    expect(page.locator("#found")).to_contain_text("0 on the map")

    page.locator("#results").get_by_role("button", name=word.word, exact=True).click()

    assert neighbours_shown(page, word.word) == [near for near, _ in word.neighbours]
    expect(page.locator("#cards .within")).to_have_text("not on the map")
    page.locator("#map").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#map circle.active")).to_have_count(1)


def test_a_cluster_lights_up_its_words_and_a_card_says_its_name(show, contents):
    page, cluster = show(), contents.clusters[1]
    name = ", ".join(cluster.name)
    button = page.get_by_role("list", name="Clusters").get_by_role("button", name=name)

    button.focus()
    page.keyboard.press("Enter")

    expect(page.locator("#map circle.kin")).to_have_count(cluster.size)
    colours = page.evaluate(
        "[...document.querySelectorAll('#map circle.kin')].map(dot => getComputedStyle(dot).fill)"
    )
    others = page.evaluate(
        "[...document.querySelectorAll('#map circle:not(.kin)')].map(dot => getComputedStyle(dot).fill)"
    )
    assert len(set(colours)) == 1
    assert len(set(others)) == len(contents.clusters) - 1
    assert not {*colours} & {*others}

    page.get_by_label("Find a word").fill(cluster.name[0])
    page.keyboard.press("Enter")
    expect(page.locator("#cards .within")).to_have_text(name)
    button.click()
    expect(page.locator("#map .kin")).to_have_count(0)


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
        before, abs=2
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
    page.locator("#clusters button").last.focus()
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


def test_an_arrow_goes_on_to_the_edge_and_stays_there(show):
    page = show()
    page.locator("#map").focus()
    seen: list[str] = []
    for _ in range(80):
        page.keyboard.press("ArrowUp")
        seen.append(page.locator("#cards h3").inner_text())
    moves = len(set(seen))
    assert moves > 3
    assert seen[-1] == seen[-2] == seen[moves - 1]

"""A tuning's page in a browser: the parallel coordinates are brushed by mouse and keyboard, and are a table without."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_page import BROKEN, CONTRAST
from tests.unit.pages.tunings import tuning_row
from wordvectors.pages.tuning.page import tuning_page


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    """The page, on disk."""
    path = tmp_path_factory.mktemp("tuning") / "report.html"
    path.write_text(tuning_page(tuning_row()))
    return path


def test_a_slider_brushes_by_keyboard_the_lines_and_the_table(show):
    page = show()
    expect(page.locator("#left")).to_have_text("11 of 11 trials")

    page.get_by_role("slider", name="score: from").focus()
    page.keyboard.press("End")

    expect(page.locator("#left")).to_have_text("1 of 11 trials: 6")
    expect(page.locator("#parallel polyline:not(.out)")).to_have_count(1)
    expect(page.locator("tr[data-trial].out")).to_have_count(10)
    page.get_by_role("button", name="All trials").click()
    expect(page.locator("#parallel polyline.out")).to_have_count(0)


def test_dragging_along_an_axis_brushes_and_a_click_lets_go(show):
    page = show()
    axis = page.locator("#parallel .reach").last
    axis.scroll_into_view_if_needed()
    box = axis.bounding_box()
    x = box["x"] + box["width"] / 2

    page.mouse.move(x, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(x, box["y"] + box["height"] * 0.45, steps=4)
    page.mouse.up()

    shown = page.locator("#left").inner_text()
    assert 0 < int(shown.split()[0]) < 11
    page.mouse.click(x, box["y"] + box["height"] / 2)
    expect(page.locator("#left")).to_have_text("11 of 11 trials")


def test_without_scripts_the_table_has_all_of_it(show):
    page = show(java_script_enabled=False)

    expect(page.get_by_text("The chart is drawn by a script")).to_be_visible()
    rows = page.get_by_role("table", name="All trainings of this tuning").locator("tbody tr")
    expect(rows).to_have_count(18)
    expect(rows.nth(5)).to_contain_text("0.5200")


@pytest.mark.parametrize(("width", "scheme"), [(1240, "light"), (390, "dark")])
def test_it_can_be_read_wide_and_narrow_light_and_dark(show, width, scheme):
    page = show(viewport={"width": width, "height": 800}, color_scheme=scheme)

    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(BROKEN) == []
    expect(page.locator(".importances td").first).to_be_visible()
    score, sheet = (page.locator(of).first.bounding_box() for of in (".trials .rho", ".trials"))
    assert score["x"] + score["width"] < min(width, sheet["x"] + sheet["width"])
    for selector in (".sentence", "h1", ".note", "a", ".rho", ".tick", "#parallel text", "#left"):
        assert page.evaluate(CONTRAST, selector) >= 4.5, selector

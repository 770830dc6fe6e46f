"""Pages in a browser, opened from disk: quiet, within their width, accessible, usable by pointer and
keyboard, readable without a script; and what is hostile stays text."""
import json
import os

import pytest

from browser import SETTINGS, skip_without_browser
from conftest import HOSTILE

skip_without_browser()

LOADED = "return document.querySelectorAll('#all-view tbody tr').length > 0"


@pytest.fixture(params=SETTINGS, ids=lambda s: f"{s[0]}-{s[1]}")
def setting(request):
    return request.param


def load_table(chromium):
    """Until the table of all entries is there; pages that have it beside them are asked for it."""
    chromium.run("document.getElementById('all').scrollIntoView()")
    if chromium.run("return 'file' in document.getElementById('all').dataset"):
        chromium.find("#all-view button").click()
    chromium.wait(LOADED)


def status(chromium):
    return chromium.find("#all-view [role=status]").text


def rows(chromium, column=0):
    return chromium.texts(f"#all-view tbody tr > :nth-child({column + 1})")


def search(chromium, text):
    state = ("document.querySelector('#all-view [role=status]').textContent + "
             "document.querySelector('#all-view tbody').textContent")
    before = chromium.run("return " + state)
    box = chromium.find("#all-view input[type=search]")
    box.clear()
    box.send_keys(text)
    chromium.wait(f"return {state} !== {json.dumps(before)}")


# --- every page, in every setting ------------------------------------------------------------------


def test_page_is_quiet_and_keeps_its_width(chromium, page, setting):
    chromium.open(page, *setting)
    if chromium.find_all("#all"):
        load_table(chromium)
    for details in chromium.find_all("details > summary"):
        details.click()
    width = chromium.run("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1] == setting[0]
    assert chromium.said() == []
    assert chromium.asked() == []


def test_page_is_accessible(chromium, page, setting):
    chromium.open(page, *setting)
    if chromium.find_all("#all"):
        load_table(chromium)
    chromium.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert chromium.axe() == []


def test_scheme_follows_the_system_and_the_button(chromium, curated):
    background = "return getComputedStyle(document.body).backgroundColor"
    chromium.open(curated / "report.html", 1280, "light")
    light = chromium.run(background)
    chromium.open(curated / "report.html", 1280, "dark")
    dark = chromium.run(background)
    assert light != dark
    button = chromium.find("button.theme")
    button.click()
    assert chromium.run(background) == light
    assert button.text == "Dark colours"
    button.click()
    assert chromium.run(background) == dark
    chromium.run("try { localStorage.clear() } catch {}")
    assert chromium.said() == []


def test_page_is_complete_without_script(chromium, curated):
    chromium.open(curated / "report.html", script=False)
    body = chromium.find("body").text
    for title in ("Through the stages", "Counts, sorted", "Cumulative counts",
                  "Size against threshold", "Matches a text", "Gained and lost", "Languages",
                  "Never matched and dead"):
        assert title in body
    for figure in ("counts", "cumulative", "sizes", "residual", "matches"):
        shown = [s for s in chromium.find_all(f"#{figure}-plot .stage svg") if s.is_displayed()]
        assert len(shown) == 1 and shown[0].size["height"] > 200
        assert chromium.find(f"#{figure}-plot .stage svg .marks path").get_attribute("d")
    assert "The table needs JavaScript" in body
    assert not chromium.find_all("#all-view input")


def test_policy_names_the_script(chromium, curated):
    text = (curated / "report.html").read_text(encoding="utf-8")
    policy = text.split('http-equiv="Content-Security-Policy" content="')[1].split('"')[0]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy and "http" not in policy
    chromium.open(curated / "report.html")
    chromium.run("const s = document.createElement('div'); s.innerHTML = '<img src=x "
                 "onerror=\"window.injected = 1\">'; document.body.append(s)")
    assert chromium.run("return window.injected") is None


def test_without_subset_says_so(chromium, matched):
    chromium.open(matched / "report.html")
    body = chromium.find("body").text
    assert "Nothing was balanced" in body
    for section in ("check", "moved"):
        assert not chromium.find_all(f"#{section}")
    assert "Capped counts are not pairs" in body
    load_table(chromium)
    assert chromium.texts("#all-view thead button") == ["Entry", "Count", "State", "No."]


# --- figures -----------------------------------------------------------------------------------------


def test_pointer_reads_a_figure(chromium, curated):
    from selenium.webdriver import ActionChains

    chromium.open(curated / "report.html")
    svg = chromium.find("#counts-plot svg.wide")
    chromium.run("arguments[0].scrollIntoView({block: 'center'})", svg)
    ActionChains(chromium.driver).move_to_element_with_offset(
        svg, -svg.size["width"] // 2 + 70, 0).perform()
    readout = chromium.find("#counts-plot .readout")
    assert readout.is_displayed()
    report = json.loads((curated / "report.json").read_text())
    first = readout.text.split("\n")
    assert first[0].startswith("rank of the entry: ")
    at = report["ranks"]["rank"].index(int(first[0].split(": ")[1].replace(",", "")))
    assert f"{report['ranks']['before'][at]:,}" in readout.text
    assert f"{report['ranks']['after'][at]:,}" in readout.text
    ActionChains(chromium.driver).move_to_element(chromium.find("h1")).perform()
    assert not readout.is_displayed()


def test_keys_read_and_zoom_a_figure(chromium, curated):
    from selenium.webdriver.common.keys import Keys

    chromium.open(curated / "report.html")
    report = json.loads((curated / "report.json").read_text())
    stage = chromium.find("#sizes-plot .stage")
    axes = "return document.querySelector('#sizes-plot svg.wide .axes').textContent"
    line = "return document.querySelector('#sizes-plot svg.wide .line.s1').getAttribute('d')"
    before = chromium.run(axes), chromium.run(line)
    stage.send_keys(Keys.HOME)
    said = chromium.find("#sizes-plot [aria-live]")
    assert "threshold t: 1" in said.get_attribute("textContent")
    assert f"realised {report['sizes']['realised'][0]:,}" in said.get_attribute("textContent")
    stage.send_keys(Keys.ARROW_RIGHT)
    assert "threshold t: 2" in said.get_attribute("textContent")
    stage.send_keys("++")
    assert chromium.run(axes) != before[0] and chromium.run(line) != before[1]
    zoomed = chromium.run(axes)
    stage.send_keys(Keys.SHIFT, Keys.ARROW_RIGHT)
    assert chromium.run(axes) != zoomed
    stage.send_keys("0")
    assert (chromium.run(axes), chromium.run(line)) == before


def test_buttons_wheel_and_drag_zoom(chromium, curated):
    from selenium.webdriver import ActionChains

    chromium.open(curated / "report.html")
    axes = "return document.querySelector('#counts-plot svg.wide .axes').textContent"
    svg, stage = chromium.find("#counts-plot svg.wide"), chromium.find("#counts-plot .stage")
    zoom_in, zoom_out, reset = chromium.find_all("#counts-plot .tools button")
    chromium.run("arguments[0].scrollIntoView({block: 'center'})", svg)
    full = chromium.run(axes)
    assert not reset.is_enabled()
    zoom_in.click()
    zoomed = chromium.run(axes)
    assert zoomed != full and reset.is_enabled()
    zoom_out.click()
    assert chromium.run(axes) == full
    ActionChains(chromium.driver).move_to_element(svg).click_and_hold().move_by_offset(
        120, 0).release().perform()
    assert chromium.run(axes) not in (full, zoomed)
    reset.click()
    assert chromium.run(axes) == full
    wheel = ("arguments[0].dispatchEvent(new WheelEvent('wheel', {deltaY: -100, bubbles: true, "
             "cancelable: true, clientX: 600, clientY: 400}))")
    chromium.run("document.activeElement.blur()")
    chromium.run(wheel, svg)
    assert chromium.run(axes) == full  # the page's own wheel
    chromium.run("arguments[0].focus({preventScroll: true})", stage)
    chromium.run(wheel, svg)
    assert chromium.run(axes) != full
    assert chromium.said() == []


def test_legend_switches_series(chromium, curated):
    chromium.open(curated / "report.html")
    buttons = chromium.find_all("#counts-plot .legend button")
    shown = "return document.querySelectorAll('#counts-plot svg.wide .marks .line').length"
    assert chromium.run(shown) == 2
    buttons[0].click()
    assert buttons[0].get_attribute("aria-pressed") == "false"
    assert chromium.run(shown) == 1
    buttons[1].click()  # one stays
    assert chromium.run(shown) == 1
    buttons[0].click()
    assert chromium.run(shown) == 2


# --- the table of all entries ------------------------------------------------------------------------


def counts(made):
    import numpy

    return numpy.load(made / "counts.npy")


def test_table_searches_filters_sorts_and_pages(chromium, curated):
    chromium.open(curated / "report.html")
    load_table(chromium)
    n = len(HOSTILE) + 4001
    assert status(chromium) == f"1 to 50 of {n:,} entries"
    assert len(rows(chromium)) == 50
    shown = [int(text.replace(",", "")) for text in rows(chromium, 1)]
    assert shown == sorted(counts(curated), reverse=True)[:50]

    search(chromium, "WORD77")
    assert status(chromium) == f"1 to 11 of 11 found among {n:,} entries"
    assert {"word77", "word770", "word779"} <= set(rows(chromium))
    headers = chromium.find_all("#all-view thead button")
    headers[0].click()
    assert rows(chromium) == sorted(rows(chromium))
    assert chromium.find("#all-view th[aria-sort]").get_attribute("aria-sort") == "ascending"
    headers[0].click()
    assert rows(chromium)[0] == "word779"

    search(chromium, "no such thing")
    assert status(chromium) == f"None of {n:,} entries"
    search(chromium, " ")
    assert rows(chromium)[0].startswith("never there at all")

    chromium.find("#all-view input[type=search]").clear()
    chromium.run("const s = document.querySelector('#all-view select'); s.value = 'dead';"
                 "s.dispatchEvent(new Event('change'))")
    chromium.wait("return document.querySelector('#all-view [role=status]').textContent"
                  ".includes('found')")
    assert {"U.S.", "empty"} <= set(rows(chromium))
    assert set(rows(chromium, 4)) == {"dead"}


def test_table_pages_by_keyboard(chromium, curated):
    from selenium.webdriver.common.keys import Keys

    chromium.open(curated / "report.html", 400)
    load_table(chromium)
    first = rows(chromium)
    chromium.find("[aria-label='Next page']").send_keys(Keys.ENTER)
    assert status(chromium).startswith("51 to 100 of")
    assert not set(first) & set(rows(chromium))
    page = chromium.find("[aria-label='Page']")
    page.send_keys(Keys.BACKSPACE, "81", Keys.TAB)
    assert status(chromium).startswith("4,001 to ")
    assert not chromium.find("[aria-label='Next page']").is_enabled()
    chromium.find("[aria-label='First page']").send_keys(Keys.ENTER)
    assert rows(chromium) == first


def test_first_tab_leads_to_the_content(chromium, curated):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    chromium.open(curated / "report.html")
    ActionChains(chromium.driver).send_keys(Keys.TAB).perform()
    link = chromium.driver.switch_to.active_element
    assert link.text == "Skip to the content"
    assert link.rect["x"] >= 0
    outline = chromium.run("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    link.send_keys(Keys.ENTER)
    assert chromium.run("return document.activeElement.id") == "main"


# --- hostile strings ---------------------------------------------------------------------------------


def test_hostile_strings_stay_text(chromium, page):
    chromium.open(page)
    chromium.run("window.alert = () => { window.alerted = true; }")
    if chromium.find_all("#all"):
        load_table(chromium)
        search(chromium, "alert")
        found = rows(chromium)
        assert set(HOSTILE[:4]) <= set(found)
        search(chromium, "gnp")
        assert rows(chromium) == ["\\u202egnp.exe\\u202c"]
        search(chromium, "WWWW")
        assert rows(chromium) == ["W" * 160 + "… (65,535 bytes)"]
        search(chromium, "éé")
        assert rows(chromium) == ["é" * 160 + "… (800 bytes)"]
        search(chromium, "\u2067")
        assert rows(chromium) == ["\\u2067\u05d0\u05d1\u05d2\\u2069"]
        chromium.find("#all-view input[type=search]").clear()
    else:
        assert any(HOSTILE[0] in text for text in chromium.texts("bdi"))
    body = chromium.run("return document.body.textContent")
    assert "\u202e" not in chromium.run("return document.body.innerText")
    assert "\u0000" not in body
    injected = "img, iframe, object, embed, svg[onload], [onerror], [onmouseover], [onload]"
    assert not chromium.find_all(injected)
    scripts = chromium.run("return [...document.scripts].filter(s => !s.type).length")
    assert scripts == 1
    assert chromium.run("return window.alerted") is None
    assert chromium.said() == []


def test_command_line_is_shown_whole(chromium, curated):
    chromium.open(curated / "report.html")
    command = chromium.find("#command").text
    assert command.startswith("metacurate curate -m '")
    assert "<img src=x onerror=alert(5)> list'\\''s.json'" in command
    assert " -t 20 --seed 0 " in command


# --- 500,000 entries ---------------------------------------------------------------------------------


def test_large_table_is_beside_the_page(chromium, large, setting):
    page = large / "report.html"
    assert os.path.getsize(page) < 3_000_000
    assert "report-entries.js" in page.read_text(encoding="utf-8")
    best = 1e9
    for _ in range(3):
        chromium.open(page, *setting)
        best = min(best, chromium.run(
            "const t = performance.getEntriesByType('navigation')[0]; return t.loadEventEnd"))
    print(f"{setting}: loaded after {best:.0f} ms")
    assert best < 1000
    assert not chromium.find_all("#all-view input")
    load_table(chromium)
    assert status(chromium) == "1 to 50 of 500,000 entries"
    assert chromium.run("return document.getElementsByTagName('*').length") < 20_000
    search(chromium, "olive oil")
    assert "olive oil" in rows(chromium)
    width = chromium.run("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1]
    assert chromium.said() == []
    assert chromium.asked() == []
    assert chromium.axe() == []


def test_rows_of_another_page_are_refused(chromium, large, folder):
    page = folder / "moved" / "report.html"
    os.makedirs(page.parent, exist_ok=True)
    page.write_bytes((large / "report.html").read_bytes())
    chromium.open(page)
    chromium.find("#all-view button").click()
    text = chromium.wait("return document.querySelector('#all-view [role=alert]')?.textContent")
    assert "same folder" in text
    rows_file = (large / "report-entries.js").read_bytes()
    (page.parent / "report-entries.js").write_bytes(rows_file.replace(b'("', b'("0', 1))
    chromium.open(page)
    chromium.find("#all-view button").click()
    text = chromium.wait("return document.querySelector('#all-view [role=alert]')?.textContent")
    assert "another report" in text

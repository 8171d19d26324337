"""Every page in the browser: WCAG by axe-core, nothing wider than a phone, a picture of each to look at."""

import re

import pytest

from comity.questions.questions import questions

from .conftest import ADDRESSES, ROOT, Open

_WITHOUT_DAY = tuple(
    f"/questions/{name}?"
    for name, asked in questions().items()
    if not any(one.name == "as_of" for one in asked.parameters)
)

pytestmark = pytest.mark.needs("chromium")
SHOTS = ROOT / "build" / "screenshots"
PHONE = {"width": 390, "height": 844}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: The pages that are looked at on each run; the others, the largest among them, and the dark scheme take minutes.
FIRST = ("home", "polity-silent", "act")
#: axe takes half a minute for the map of the front page.
LOOKS = [
    (name, "light")
    if name in FIRST and name != "home"
    else pytest.param(name, "light", marks=pytest.mark.long)
    for name in ADDRESSES
]
LOOKS += [pytest.param(name, "dark", marks=pytest.mark.long) for name in ADDRESSES]
NAMES = [name if name in FIRST else pytest.param(name, marks=pytest.mark.long) for name in ADDRESSES]


@pytest.mark.parametrize(("name", "scheme"), LOOKS)
def test_axe_finds_no_violation(name: str, scheme: str, visit: Open, axe: str) -> None:
    page = visit(ADDRESSES[name], color_scheme=scheme, bypass_csp=True)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.add_script_tag(content=axe)
    found = page.evaluate("tags => axe.run({ runOnly: { type: 'tag', values: tags } })", TAGS)
    told = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.evaluate(
        "document.querySelectorAll('details:not(.control)').forEach((one) => { one.open = false; })"
    )
    page.screenshot(path=str(SHOTS / f"{name}-{scheme}.png"))
    assert not told


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wider_than_a_phone(name: str, visit: Open) -> None:
    page = visit(ADDRESSES[name], viewport=PHONE)
    page.screenshot(path=str(SHOTS / f"{name}-phone.png"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


#: What is wrong with the headings and texts of a page: two headings that overlap, text that is cut, a cell too narrow.
FAULTS = """() => {
  const shown = (one) => one.checkVisibility() && !one.closest(".visually-hidden, .term");
  const box = (one) => one.getBoundingClientRect();
  const heads = [...document.querySelectorAll("main :is(h1, h2, h3, dt)")].filter(shown);
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const texts = [...document.querySelectorAll("main :is(td, th, li, p, dd, dt, label, summary)")].filter(shown);
  return [
    ...heads.slice(1).filter((one, place) => meet(box(heads[place]), box(one))),
    ...texts.filter((one) => getComputedStyle(one).overflowX === "hidden" && one.scrollWidth > one.clientWidth + 1),
    ...texts.filter((one) => one.matches("dd, td:not(.matrix td)") && !one.querySelector(".visually-hidden"))
      .filter((one) => box(one).width < 45 && one.innerText.length > 20),
  ].map((one) => one.innerText.slice(0, 60));
}"""


@pytest.mark.long
@pytest.mark.parametrize("width", [390, 820, 1280])
def test_headings_are_apart_and_no_text_is_cut(width: int, visit: Open) -> None:
    page = visit("/about", viewport={"width": width, "height": 900})
    wrong = {}
    for name, address in ADDRESSES.items():
        page.goto(address)
        if found := page.evaluate(FAULTS):
            wrong[name] = found[:3]
    assert not wrong


@pytest.mark.long
@pytest.mark.parametrize(
    "address", ["/embed/map?of=kosovo", "/embed/timeline/july-2022", "/reconcile/preview?id=polity/kosovo"]
)
def test_axe_finds_no_violation_in_a_frame(address: str, visit: Open, axe: str) -> None:
    page = visit(address, bypass_csp=True)
    page.add_script_tag(content=axe)
    found = page.evaluate("tags => axe.run({ runOnly: { type: 'tag', values: tags } })", TAGS)
    assert not [one["id"] for one in found["violations"]]


@pytest.mark.parametrize("name", FIRST)
def test_a_page_prints_without_its_controls(name: str, visit: Open) -> None:
    page = visit(ADDRESSES[name])
    page.emulate_media(media="print")
    assert page.locator("h1").is_visible()
    assert not page.locator(".find").is_visible()
    assert not page.locator(".control form").is_visible()


def test_the_head_of_a_table_is_printed_on_each_sheet(visit: Open) -> None:
    page = visit(ADDRESSES["answer"])
    page.emulate_media(media="print")
    # Chromium leaves a button in a repeated head blank; without a box of its own it is the text of its cell.
    assert page.locator(".sorter").first.evaluate("one => getComputedStyle(one).display") == "contents"


@pytest.mark.long
@pytest.mark.parametrize("polity", ["kosovo", "united-states", "palestine", "taiwan", "ukraine"])
def test_a_polity_prints_on_six_pages(polity: str, visit: Open) -> None:
    pages = visit(f"/polity/{polity}").pdf(format="A4")
    assert 1 < len(re.findall(rb"/Type\s*/Page\b", pages)) <= 6


def test_names_on_the_network_can_be_read_on_a_phone_and_lead_to_their_pages(visit: Open) -> None:
    page = visit("/network?as_of=2022-07-14", viewport=PHONE)
    name = page.locator(".net a text").first
    drawn = page.locator("svg.net").evaluate("one => one.getScreenCTM().a")
    assert float(name.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")) * drawn > 9
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    name.click()
    assert "/polity/" in page.url


@pytest.mark.long
def test_every_page_reads_without_scripts_and_has_the_day_and_the_party(visit: Open) -> None:
    page = visit("/about", java_script_enabled=False)
    for name, address in ADDRESSES.items():
        page.goto(address)
        assert page.locator("h1").is_visible(), name
        # A question that asks for a day has its own field for it, in the place of the control; others have none.
        own = "form.question [name=as_of]:not([type=hidden])"
        days = 0 if address.startswith(_WITHOUT_DAY) else 1
        assert page.locator(f".control [name=as_of], {own}").count() == days, name
        assert page.locator("main").inner_text().strip() != page.locator("h1").inner_text(), name
        buttons = "main form:not([hidden]) button[type=submit]"
        assert page.locator(f"{buttons}:visible").count() == page.locator(buttons).count(), name


@pytest.mark.long
def test_no_page_asks_another_host_or_breaks_its_own_policy(visit: Open) -> None:
    page = visit("/about")
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    for name, address in ADDRESSES.items():
        page.goto(address, wait_until="load")
        wrong = [one for one in told if "404" not in one and "400" not in one]
        assert not wrong, (name, wrong)


@pytest.mark.parametrize("width", [390, 820])
@pytest.mark.parametrize("name", ["story", "timeline", "story-made"])
def test_the_sentences_of_a_timeline_are_read_without_scrolling_sideways(
    name: str, width: int, visit: Open
) -> None:
    page = visit(ADDRESSES[name], viewport={"width": width, "height": 900})
    cut = page.evaluate(
        """() => {
          const edge = document.querySelector(".lines-scroll").getBoundingClientRect().right;
          return [...document.querySelectorAll(".lines .said")]
            .filter((one) => one.getBoundingClientRect().right > edge).map((one) => one.textContent);
        }"""
    )
    assert page.locator(".lines .said").count() > 5 and cut == []
    if width == 820:
        assert page.evaluate("document.querySelector('.lines-scroll').scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_the_numbers_on_a_chart_are_large_enough_to_read(width: int, visit: Open) -> None:
    page = visit(ADDRESSES["polity"], viewport={"width": width, "height": 900})
    scale = page.evaluate("document.querySelector('svg.chart').getScreenCTM().a")
    size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.chart .tick')).fontSize)")
    assert scale * size >= 10


@pytest.mark.parametrize("name", ["story", "timeline"])
def test_a_story_prints_its_words_without_blank_sheets(name: str, visit: Open) -> None:
    page = visit(ADDRESSES[name])
    page.emulate_media(media="print")
    assert not page.locator("svg.lines").is_visible() and page.locator("#story-words").is_visible()
    sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
    assert sheets <= 4

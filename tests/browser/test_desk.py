"""The desk as a person meets it: few clicks, by keyboard too, at a desk's width and a telephone's."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline.settings import load
from pipeline.wiring import open_system
from tests.pipeline.web.matters import DRYING, run, take_in

# From submission to draft for signing (OFFICE, What saves the day's time).
MOST_CLICKS = 8
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
UNNAMED = """() => Array.from(document.querySelectorAll('input, textarea, button, select'))
  .filter((one) => one.type !== 'hidden')
  .filter((one) => !(one.labels && one.labels.length) && !one.ariaLabel && !one.textContent.trim())
  .map((one) => one.outerHTML)"""


class Clicking:
    """Counts clicks."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, page: Page, role: str, name: str) -> None:
        self.count += 1
        page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]


@pytest.fixture
def process(site: str, site_home: Path) -> Callable[[], None]:
    def done() -> None:
        with open_system(load({"MINYI_HOME": str(site_home)})) as system:
            run(system)

    return done


@pytest.fixture
def matter(site: str, site_home: Path, request: pytest.FixtureRequest) -> str:
    """An item of the served home, its title this test's own."""
    with open_system(load({"MINYI_HOME": str(site_home)})) as system:
        key = take_in(
            system, f"事项{request.node.name}", f"{request.node.name}{DRYING}", author="周安", phone="13812345678"
        )
        run(system)
    return key


@pytest.fixture
def at_desk(browser: Browser, site: str):
    """Somebody at a browser of his own, with or without JavaScript, who has said who he is."""
    opened = []

    def enter(name: str, role: str, **context: object) -> Page:
        own = browser.new_context(locale="zh-CN", **context)  # type: ignore[arg-type]
        opened.append(own)
        page = own.new_page()
        page.goto(f"{site}/desk")
        page.get_by_label("姓名").fill(name)
        page.get_by_label(role, exact=True).check()
        page.get_by_role("button", name="进入工作台").click()
        return page

    yield enter
    for one in opened:
        one.close()


def test_eight_clicks_lead_from_submission_to_draft_for_signing(at_desk, page: Page, site: str, process):
    title = "关于设立粮食烘干公共服务点的建议"
    editor = at_desk("林编辑", "责任编辑")
    head, deputy = at_desk("何科长", "信息科科长"), at_desk("傅秘书", "副秘书长")
    click = Clicking()
    page.goto(site)
    page.get_by_label("都不是").check()
    for name, words in (
        ("标题", title),
        ("情况反映", DRYING),
        ("意见建议", "请予支持。"),
        ("反映人", "周安"),
        ("联系电话", "13812345678"),
    ):
        page.get_by_role("textbox", name=name).fill(words)
    page.get_by_label("群众").check()
    click(page, "button", "提交")
    page.wait_for_url("**/submissions/*")
    process()
    editor.goto(f"{site}/desk")
    click(editor, "link", title)
    click(editor, "button", "采用并拟成一期")
    click(editor, "button", "送审")
    for approver in (head, deputy):
        approver.goto(f"{site}/desk")
        click(approver, "link", title)
        click(approver, "button", "审核")
    expect(deputy.get_by_role("status")).to_contain_text("待签发")
    assert click.count <= MOST_CLICKS


def test_the_whole_way_to_the_printed_number_without_javascript(at_desk, site: str, matter: str):
    people = {
        name: at_desk(name, role, java_script_enabled=False)
        for name, role in (
            ("林编辑", "责任编辑"),
            ("何科长", "信息科科长"),
            ("傅秘书", "副秘书长"),
            ("毕秘书长", "秘书长"),
        )
    }
    editor = people["林编辑"]
    editor.goto(f"{site}/desk/items/{matter}")
    editor.get_by_role("button", name="采用并拟成一期").click()
    address = editor.url
    steps = (("林编辑", "送审"), ("何科长", "审核"), ("傅秘书", "审核"), ("毕秘书长", "签发"), ("林编辑", "印发"))
    for name, act in steps:
        people[name].goto(address)
        people[name].get_by_role("button", name=act, exact=True).click()
        expect(people[name].get_by_role("status")).to_contain_text("已办")
    expect(editor.get_by_text("第1期").first).to_be_visible()
    with editor.expect_download() as download:
        editor.get_by_role("link", name="PDF").click()
    assert download.value.suggested_filename.endswith("印发稿.pdf")
    assert "第001期" in download.value.suggested_filename


def test_a_double_click_on_a_move_is_harmless(at_desk, site: str, matter: str):
    page = at_desk("林编辑", "责任编辑")
    page.goto(f"{site}/desk/items/{matter}")
    page.get_by_role("button", name="采用备用").dblclick(no_wait_after=True)
    expect(page.get_by_text(re.compile("已办：采用备用|这一次没有再办"))).to_be_visible()
    page.goto(f"{site}/desk/items/{matter}")
    expect(page.locator(".history li")).to_have_count(1)
    expect(page.locator("main .state").first).to_have_text("备用")


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_pages_fit_speak_and_ask_nobody_else(at_desk, site: str, matter: str, width: int, height: int):
    page = at_desk("林编辑", "责任编辑", viewport={"width": width, "height": height})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    pages = ("", "/items", "/search?query=烘干", "/bulletins", "/quarantine", "/ledger", "/who",
             f"/items/{matter}", f"/items/{matter}/edit")  # fmt: skip
    for path in pages:
        page.goto(f"{site}/desk{path}")
        assert page.evaluate(OVERFLOW) == 0, path
        assert page.evaluate(UNNAMED) == [], path
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        ids = page.evaluate("() => Array.from(document.querySelectorAll('[id]'), (one) => one.id)")
        assert len(ids) == len(set(ids)), path
    assert [url for url in asked if not url.startswith((site, "data:"))] == []
    assert said == []


def test_the_keyboard_alone_makes_a_move(at_desk, site: str, matter: str):
    page = at_desk("林编辑", "责任编辑")
    page.goto(f"{site}/desk/items/{matter}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    summary = page.locator("summary", has_text="退回补充")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("请补充数据。")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("退回补充")


def test_counts_follow_the_typing(at_desk, site: str, matter: str):
    page = at_desk("林编辑", "责任编辑")
    page.goto(f"{site}/desk/items/{matter}/edit")
    page.get_by_label("正文").fill("一共七个字的。")
    expect(page.locator("[data-count=text]")).to_have_text("7")

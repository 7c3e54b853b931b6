"""The public form as a person meets it: by mouse and keyboard, on a desk and on a telephone, without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

UNNAMED = """() => Array.from(document.querySelectorAll('input, textarea, button, select'))
  .filter((one) => one.type !== 'hidden')
  .filter((one) => !(one.labels && one.labels.length) && !one.ariaLabel && !one.textContent.trim())
  .map((one) => one.outerHTML)"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def _fill(page: Page, title: str = "桥灯不亮") -> None:
    page.get_by_label("都不是").check()
    page.get_by_role("textbox", name="标题").fill(title)
    page.get_by_role("textbox", name="情况反映").fill("东桥的灯坏了三天，夜间出行不便。")
    page.get_by_role("textbox", name="意见建议").fill("更换线路。")
    page.get_by_role("textbox", name="反映人").fill("张三")
    page.get_by_label("群众").check()
    page.get_by_role("textbox", name="联系电话").fill("13800001111")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_submission_ends_on_its_receipt_with_and_without_javascript(browser: Browser, site: str, javascript: bool):
    with browser.new_context(locale="zh-CN", java_script_enabled=javascript) as context:
        page = context.new_page()
        page.goto(site)
        _fill(page)
        page.get_by_role("button", name="提交").click()
        page.wait_for_url("**/submissions/*")
        expect(page.get_by_role("heading", level=1)).to_have_text("已收到您的反映")
        expect(page.locator(".number")).to_have_text(re.compile(r"^([2-9A-Z]{4} ){2}[2-9A-Z]{4}$"))
        expect(page.get_by_text("桥灯不亮")).to_be_visible()
        expect(page.get_by_text("13800001111")).to_have_count(0)


def test_a_double_click_gives_one_receipt(page: Page, site: str):
    page.goto(site)
    _fill(page)
    sent: list[str] = []
    page.on(
        "response", lambda answer: sent.append(answer.headers.get("location", "")) if answer.status == 303 else None
    )
    page.get_by_role("button", name="提交").dblclick(no_wait_after=True)
    page.wait_for_url("**/submissions/*")
    assert len(set(sent)) == 1


@pytest.mark.parametrize("width", [320, 375, 1100])
def test_no_page_is_wider_than_its_screen(page: Page, site: str, width: int):
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/", "/submissions", "/submissions/XYZ"):
        page.goto(site + path)
        assert page.evaluate(OVERFLOW) == 0, path


def test_every_control_has_a_name_and_every_page_one_heading(page: Page, site: str):
    for path in ("/", "/submissions"):
        page.goto(site + path)
        assert page.evaluate(UNNAMED) == []
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert page.locator("html").get_attribute("lang") == "zh-CN"
        ids = page.evaluate("() => Array.from(document.querySelectorAll('[id]'), (one) => one.id)")
        assert len(ids) == len(set(ids))


def test_faults_lead_to_their_fields_and_nothing_typed_is_lost(page: Page, site: str):
    page.goto(site)
    page.get_by_role("textbox", name="情况反映").fill("留着的话。")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("alert")).to_contain_text("还不能提交")
    expect(page.get_by_role("textbox", name="情况反映")).to_have_value("留着的话。")
    title = page.get_by_role("textbox", name="标题")
    expect(title).to_have_attribute("aria-invalid", "true")
    described = (title.get_attribute("aria-describedby") or "").split()
    assert "请填写标题" in [page.locator(f"#{name}").inner_text() for name in described]
    page.get_by_role("link", name="请填写标题").click()
    expect(page).to_have_url(re.compile("#title$"))


def test_a_matter_of_another_channel_is_shown_where_to_go(page: Page, site: str):
    page.goto(site)
    _fill(page)
    page.get_by_role("radio", name=re.compile("^举报")).check()
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("alert")).to_contain_text("12388")


def test_the_keyboard_alone_reaches_the_form(page: Page, site: str):
    page.goto(site)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.get_by_role("radio", name=re.compile("^都不是")).focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("radio", name=re.compile("^都不是"))).to_be_checked()


def test_no_outside_host_is_asked_and_the_policy_is_kept(page: Page, site: str):
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for path in ("/", "/submissions"):
        page.goto(site + path)
    assert [url for url in asked if not url.startswith((site, "data:"))] == []
    assert said == []


def test_chosen_files_are_listed_in_chinese(page: Page, site: str):
    page.goto(site)
    page.get_by_label("附件").set_input_files({"name": "附.txt", "mimeType": "text/plain", "buffer": "补充。".encode()})
    expect(page.locator("#files-chosen")).to_contain_text("已选：附.txt")


def test_a_receipt_is_found_again_from_the_search_page(page: Page, site: str):
    page.goto(site)
    _fill(page, "加装电梯后的维保")
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/submissions/*")
    receipt = page.locator(".number").inner_text()
    page.get_by_role("link", name="查询回执").click()
    page.get_by_label("回执号").fill(receipt.lower())
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_text("加装电梯后的维保")).to_be_visible()

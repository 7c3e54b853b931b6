import pytest

from pipeline.text.extraction import extract
from pipeline.text.maintext_notices import notice

ABOUT = "“您要访问的页面不存在”，点开岚禾县办事大厅的网页，市民何先生看到的是这样一行字。"


@pytest.mark.parametrize(
    "text",
    [
        "对不起，您要查看的内容已被管理员删除。请返回首页。",
        "温馨提示。该页面暂时无法访问，请稍后再试。",
        "您还没有登录，本文为会员专享。",
        "请先登录后查看全文。",
        "您没有查看本栏目的权限，请与管理员联系。",
        "您的访问过于频繁。请完成安全验证后继续。",
        "操作成功。页面将在3秒后自动跳转。",
    ],
)
def test_what_a_page_says_of_itself_or_to_its_reader_is_a_notice(text: str):
    assert notice(text, [])


@pytest.mark.parametrize(
    "text",
    [
        ABOUT + "他说，这样的情况已经遇到三次。",
        "请登录岚禾县政务服务网查询成绩，查询时间为7月1日至7月5日。",
        "岚禾县已完成全部老旧小区的消防验证工作，群众反映的问题得到解决。",
        "县里近日清理了一批网站。记者走访发现，此前不少群众反映办事难。一位居民说，网站打不开。您访问的页面不存在。",
        "我想在县人社局网站查询社保，但是要访问的页面不存在，请有关部门尽快处理。",
        "您的访问过于频繁，" + "这句话许多人见过。" * 40,
    ],
)
def test_an_article_about_such_pages_is_none(text: str):
    assert not notice(text, ["网站为何打不开", "404页面背后的懒政"])


def test_a_heading_can_say_so():
    for heading in ("404-页面未找到", "403 Forbidden", "系统提示", "用户登录 - 统一身份认证平台", "安全验证"):
        assert notice("这里是说明文字。", [heading]), heading
    for heading in ("404位老人领到补助", "用户登录信息保护条例解读", "安全验证机制如何建立"):
        assert not notice("这里是说明文字。", [heading]), heading


def test_a_notice_is_held_and_an_article_is_not():
    shell = "<title>{0}</title><h1>{0}</h1><p>2026-03-01 来源：岚禾日报</p><div class=content><p>{1}</p></div>"
    words = "您尚未登录，请登录或开通会员后阅读全文，开通会员每月仅需三十元，即可畅读全站，也可以联系客服咨询。"
    held = extract(shell.format("岚禾县养老调查报告", words))
    assert held is not None
    assert held.confidence < 0.5
    fine = extract(shell.format("网上办事为何打不开", ABOUT + "他说，办事页面打不开，这样的情况他已经遇到三次。"))
    assert fine is not None
    assert fine.confidence > 0.5

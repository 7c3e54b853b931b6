"""Links out of lists, feeds and sitemaps, the broken ones too."""

from __future__ import annotations

import gzip
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import HtmlResponse

from crawlers.catalogue import Start
from crawlers.links import (
    Unreadable,
    day_in,
    feed_links,
    is_attachment,
    list_links,
    next_link,
    sitemap_links,
    unpacked,
)

HOME = "http://example.gov.cn/news/"


def page(html: str, encoding: str = "utf-8") -> HtmlResponse:
    return HtmlResponse(HOME, body=html.encode(encoding), encoding=encoding)


def start(**fields: object) -> Start:
    return Start.model_validate({"kind": "list", "url": HOME, **fields})


def test_a_list_s_own_selector_wins_and_carries_title_and_date():
    html = """<ul><li>[2026-11-20]<a href="a.html">关于加装电梯的建议</a></li>
    <li><a href="/b.html" title="关于规范电动自行车充电收费的建议">关于规范电动自…</a>
    <span>2026年11月2日</span></li></ul>
    <div><a href="c.html">关于别处的一条很长的链接</a></div>"""
    first, second = list_links(page(html), start(links="li"))
    assert (first.url, first.title, first.day) == (HOME + "a.html", "关于加装电梯的建议", date(2026, 11, 20))
    assert second.title == "关于规范电动自行车充电收费的建议"
    assert (second.date, second.day) == ("2026年11月2日", date(2026, 11, 2))


def test_a_date_inside_the_link_or_in_the_row_counts_and_a_neighbour_s_does_not():
    html = """<table><tr><td><a href="a.html">甲地供水的建议<em>11-20</em></a></td></tr>
    <tr><td><a href="b.html">乙地供水的建议</a></td><td>2026/11/3</td></tr>
    <tr><td><a href="c.html">丙地供水的建议</a></td></tr></table>"""
    found = list_links(page(html), start(links="td a"))
    assert [link.date for link in found] == ["11-20", "2026/11/3", None]
    assert [link.day for link in found] == [None, date(2026, 11, 3), None]


def test_without_a_selector_only_what_looks_like_an_article_is_a_link():
    html = """<a href="/">网站首页欢迎您访问</a><a href="list/">调查研究工作动态栏目</a>
    <a href="index_2.html">第二页的列表内容</a>
    <a href="javascript:void(0)">打印本页的全部内容</a><a href="mailto:a@b.cn">给我们写一封邮件</a>
    <a href="x.html">更多</a>
    <a href="a.html">关于加装电梯的建议</a><a href="?id=7">关于路灯维护的建议</a>"""
    assert [link.url for link in list_links(page(html), start())] == [HOME + "a.html", HOME + "?id=7"]


def test_a_gbk_page_s_query_goes_out_in_gbk():
    (link,) = list_links(page('<a href="show.asp?t=政协 会议">关于加装电梯的建议</a>', "gbk"), start())
    assert link.url == HOME + "show.asp?t=%D5%FE%D0%AD%20%BB%E1%D2%E9"


def test_next_leads_on_but_never_to_the_same_page():
    html = '<a class="next" href="#">下一页</a><a class="next" href="2.html">下一页</a>'
    assert next_link(page(html), start(next="a.next")) == HOME + "2.html"
    assert next_link(page('<a class="next" href="#top">下一页</a>'), start(next="a.next")) is None
    assert next_link(page(html), start()) is None


def test_rss_atom_and_rdf_are_read():
    rss = """<?xml version="1.0" encoding="gb2312"?><rss><channel><item><title>路灯 &amp; 井盖</title>
    <link>/a.html</link><pubDate>Fri, 20 Nov 2026 23:00:00 +0000</pubDate></item>
    <item><title>b</title><guid>http://example.gov.cn/b.html</guid></item><item><title>无链接</title></item>
    </channel></rss>"""
    first, second = feed_links(rss.encode("gb2312"), HOME)
    assert (first.url, first.title, first.day) == ("http://example.gov.cn/a.html", "路灯 & 井盖", date(2026, 11, 21))
    assert second.url == "http://example.gov.cn/b.html"
    atom = """<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="/feed"/><entry><title>甲</title>
    <link rel="edit" href="/edit"/><link href="a.html"/><updated>2026-11-20T08:00:00+08:00</updated></entry></feed>"""
    assert [(link.url, link.day) for link in feed_links(atom.encode(), HOME)] == [(HOME + "a.html", date(2026, 11, 20))]
    rdf = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"><item><title>甲</title><link>http://example.gov.cn/c</link>
    <dc:date>2026-11-20</dc:date></item></rdf:RDF>"""
    assert [link.date for link in feed_links(rdf.encode(), HOME)] == ["2026-11-20"]


def test_a_feed_s_entities_are_never_expanded_nor_fetched():
    bomb = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "哈哈哈哈"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/hosts">]>
    <rss><item><title>&b;&f;</title><link>/a</link></item></rss>"""
    (link,) = feed_links(bomb.encode(), HOME)
    assert "哈" not in (link.title or "")
    assert "localhost" not in (link.title or "")


def test_a_sitemap_gives_pages_and_an_index_gives_sitemaps():
    urlset = f"<urlset><url><loc>{HOME}a.html</loc><lastmod>2026-11-20T01:02:03Z</lastmod></url><url/></urlset>"
    (link,) = sitemap_links(urlset.encode(), HOME)
    assert (link.url, link.day, link.onward) == (HOME + "a.html", date(2026, 11, 20), False)
    index = f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>{HOME}1.xml.gz</loc></sitemap></sitemapindex>'
    assert [link.onward for link in sitemap_links(index.encode(), HOME)] == [True]


def test_a_packed_sitemap_is_unpacked_up_to_its_limit():
    packed = gzip.compress(b"x" * 10_000)
    assert unpacked(packed, 20_000) == b"x" * 10_000
    assert unpacked(b"plain", 1) == b"plain"
    with pytest.raises(Unreadable, match="解压后超过"):
        unpacked(packed, 5_000)
    with pytest.raises(Unreadable, match="已损坏"):
        unpacked(packed[:10] + b"\xff" * 50, 5_000)


@pytest.mark.parametrize("body", [b"", b"\0\0\0", b"<html><body>404</body></html>", "政协".encode("gbk")])
def test_what_is_no_feed_or_sitemap_is_said_so(body: bytes):
    with pytest.raises(Unreadable, match="不是 RSS"):
        feed_links(body, HOME)
    with pytest.raises(Unreadable, match="不是 sitemap"):
        sitemap_links(body, HOME)


@given(st.binary(max_size=300))
def test_any_bytes_give_links_or_a_sentence(body: bytes):
    for read in (feed_links, sitemap_links):
        with suppress(Unreadable):
            read(body, HOME)
    list_links(HtmlResponse(HOME, body=body), start())


def test_documents_and_pictures_are_no_pages():
    assert is_attachment("http://a.cn/x/通知.PDF?x=1")
    assert is_attachment("http://a.cn/x.docx")
    assert not is_attachment("http://a.cn/x.html?file=a.pdf")


@pytest.mark.parametrize(
    ("written", "day"), [(None, None), ("昨天", None), ("2026-02-31", None), ("2026.1.5", date(2026, 1, 5))]
)
def test_a_day_is_read_or_left(written, day):
    assert day_in(written) == day

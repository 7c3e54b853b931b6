"""Crawls of a real site on loopback: what is found, what travels, what a second crawl does."""

from __future__ import annotations

import asyncio
import gzip
import threading

import pytest

from crawlers.run import crawl
from pipeline.errors import RuleError
from pipeline.identity import canonical_url, item_id
from pipeline.records.messages import decompress
from tests.crawlers.conftest import Crawl, quick
from tests.crawlers.site import Answer, Site, article, listing

LIST = {"kind": "list", "url": "/", "links": "li"}


def why(report) -> list[str]:
    return [reason.why for reason in report.reasons]


def test_a_list_is_followed_to_its_next_pages_and_no_further(run: Crawl, site: Site):
    def more(n: int) -> str:
        return f'<a class="next" href="/l{n}">下一页</a>'

    site.pages |= {"/": listing(["/1.html"], more(2)), "/l2": listing(["/2.html"], more(3))}
    site.pages |= {"/l3": listing(["/3.html"], more(4)), **{f"/{n}.html": article(f"第{n}篇") for n in (1, 2, 3)}}
    report = run({**LIST, "next": "a.next", "pages": 2})
    assert (report.found, report.new) == (2, 2)
    assert run.paths() == ["/1.html", "/2.html"]
    assert "/l3" not in site.paths()


def test_list_feed_sitemap_and_page_starts_each_find_their_pages(run: Crawl, site: Site):
    packed = gzip.compress(f"<urlset><url><loc>{site.url}/map.html</loc></url></urlset>".encode())
    index = f"<sitemapindex><sitemap><loc>{site.url}/map1.xml.gz</loc></sitemap></sitemapindex>".encode()
    rss = "<rss><channel><item><title>甲</title><link>/feed.html</link></item></channel></rss>".encode()
    site.pages |= {"/": listing(["/list.html"]), "/map.xml": Answer(index, type="text/xml")}
    site.pages |= {"/map1.xml.gz": Answer(packed, type="application/gzip"), "/rss": Answer(rss, type="text/xml")}
    site.pages |= {f"/{name}.html": article(name) for name in ("list", "map", "feed", "page")}
    kinds = {"list": "/", "feed": "/rss", "sitemap": "/map.xml", "page": "/page.html"}
    report = run(*({"kind": kind, "url": url} for kind, url in kinds.items()))
    assert (report.found, report.new, report.ok, report.reasons) == (4, 4, True, ())
    assert run.paths() == ["/feed.html", "/list.html", "/map.html", "/page.html"]


def test_the_page_s_bytes_and_facts_travel_untouched(run: Crawl, site: Site):
    body = (
        "<html><head><title>路灯</title></head><body>GBK 的字节，声明却是 UTF-8\r\n</body></html>".encode("gbk")
        + b"\xff\x00"
    )
    headers = {"Last-Modified": "Mon, 23 Nov 2026 00:00:00 GMT", "Set-Cookie": "visit=1", "Content-Encoding": "gzip"}
    site.pages |= {"/": listing(["/a.html?id=1&utm_source=x"])}
    site.pages |= {"/a.html?id=1&utm_source=x": Answer(gzip.compress(body), headers=headers, etag=True)}
    run(LIST, region="990101", article={"title": "h1", "date": ".time"})
    (message,) = run.published()
    assert message.body is not None
    assert decompress(message.body, 10_000_000) == body
    assert message.headers["content-type"] == "text/html; charset=utf-8"
    assert message.headers["last-modified"] == "Mon, 23 Nov 2026 00:00:00 GMT"
    assert message.headers["etag"]
    assert "set-cookie" not in message.headers
    assert (message.link_title, message.link_date) == ("关于某件民生小事的第1号建议", "2026-11-02")
    assert (message.source, message.source_title, message.region, message.status) == (
        "site",
        "某县政协网",
        "990101",
        200,
    )
    assert message.selectors == {"title": "h1", "date": ".time"}
    assert message.origin == canonical_url(message.url) == site.url + "/a.html?id=1"


def test_the_message_s_key_is_the_item_s_id(run: Crawl, site: Site):
    site.pages["/a.html"] = article("甲")
    run({"kind": "page", "url": "/a.html"})
    consumer = run.system.bus.consumer("look", ["opinions.crawled"], lambda _topic, _partition: 0)
    (delivered,) = consumer.poll(messages=10, size=10**7, wait=0)
    consumer.close()
    assert delivered.key == item_id("site", site.url + "/a.html")


def test_a_page_too_large_for_a_message_lies_in_files_before_it_is_published(run: Crawl, site: Site):
    noise = "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(400_000)).encode()
    site.pages["/a.html"] = Answer(noise)
    assert run({"kind": "page", "url": "/a.html"}).new == 1
    (message,) = run.published()
    assert message.body is None
    assert message.body_file is not None
    assert decompress(run.system.files.get(message.body_file), 10_000_000) == noise
    with run.system.store.reading() as session:
        assert session.contents.of_item(item_id("site", message.origin)) == [message.body_file]


def test_a_second_crawl_of_an_unchanged_site_says_unchanged_and_publishes_nothing(run: Crawl, site: Site, clock):
    site.pages |= {"/": listing(["/a.html", "/b.html"]), "/a.html": article("甲", etag=True), "/b.html": article("乙")}
    assert run(LIST).new == 2
    site.forget()
    report = run(LIST)
    assert (report.found, report.unchanged) == (2, 2)
    assert site.paths() == ["/"]  # known pages are not due yet
    clock.forward(days=1)
    site.forget()
    report = run(LIST)
    assert (report.found, report.unchanged) == (2, 2)
    assert sorted(site.paths()) == ["/", "/a.html", "/b.html"]  # one by 304, one by the same bytes
    assert len(run.published()) == 2


def test_an_unchanged_list_is_not_read_again_within_the_day_and_counts_itself(run: Crawl, site: Site, clock):
    site.pages |= {"/": listing(["/a.html"], etag=True), "/a.html": article("甲", etag=True)}
    run(LIST)
    report = run(LIST)
    assert (report.found, report.unchanged) == (1, 1)
    assert site.asked[-1].headers["if-none-match"]
    clock.forward(days=1)
    site.forget()
    run(LIST)
    assert site.paths() == ["/", "/a.html"]
    assert "if-none-match" not in site.asked[0].headers


def test_a_changed_page_is_published_again_as_changed(run: Crawl, site: Site, clock):
    site.pages |= {"/": listing(["/a.html"]), "/a.html": article("甲", etag=True)}
    run(LIST)
    site.pages["/a.html"] = article("甲（更正）", etag=True)
    clock.forward(days=1)
    report = run(LIST)
    assert (report.found, report.changed) == (1, 1)
    first, second = run.published()
    assert first.origin == second.origin
    assert first.message_id != second.message_id


def test_links_older_than_since_are_not_followed(run: Crawl, site: Site):
    site.pages |= {"/": listing([f"/{n}.html" for n in range(1, 6)], '<a class="next" href="/2">下一页</a>')}
    site.pages |= {f"/{n}.html": article(str(n)) for n in range(1, 6)}
    assert run({**LIST, "next": "a.next"}, since="2026-11-05").found == 3  # 4th, 5th and the next page, missing
    assert run.paths() == ["/4.html", "/5.html"]
    site.forget()
    run({**LIST, "next": "a.next"}, since="2026-12-01")
    assert site.paths() == ["/"]  # nothing on it is new enough, so the next page is not asked for


def test_links_to_other_hosts_and_documents_are_left_out_and_said_so(run: Crawl, site: Site):
    site.pages |= {"/": listing(["http://localhost.example/a.html", "/a.pdf", "/a.html"]), "/a.html": article("甲")}
    report = run(LIST)
    assert (report.found, report.new) == (1, 1)
    assert [reason.count for reason in report.reasons] == [1, 1]
    assert "其他网站" in why(report)[0]
    assert "附件" in why(report)[1]


def test_a_link_given_twice_is_one_page(run: Crawl, site: Site):
    site.pages |= {"/": listing(["/a.html", "/a.html#top", "/a.html?utm_source=x"]), "/a.html": article("甲")}
    rss = b"<rss><channel><item><link>/a.html</link></item></channel></rss>"
    site.pages["/rss"] = Answer(rss, type="text/xml")
    assert run(LIST, {"kind": "feed", "url": "/rss"}).found == 1
    assert site.paths().count("/a.html") == 1


def test_two_links_that_redirect_to_one_page_are_published_once(run: Crawl, site: Site):
    moved = Answer(status=301, headers={"Location": "/b.html"})
    site.pages |= {"/": listing(["/a.html", "/b.html"]), "/a.html": moved, "/b.html": article("乙")}
    report = run(LIST)
    assert (report.found, report.new, report.unchanged) == (2, 1, 1)
    assert run.paths() == ["/b.html"]


def test_a_list_without_links_is_a_failed_source_and_says_what_to_check(run: Crawl, site: Site):
    site.pages["/"] = Answer("<p>改版了</p>".encode())
    report = run(LIST)
    assert (report.found, report.failed, report.ok) == (1, 1, False)
    assert "links" in why(report)[0]


@pytest.mark.parametrize(("kind", "said"), [("feed", "不是 RSS"), ("sitemap", "不是 sitemap")])
def test_a_start_of_another_kind_is_said_so(run: Crawl, site: Site, kind: str, said: str):
    site.pages["/"] = article("甲")
    report = run({"kind": kind, "url": "/"})
    assert (report.failed, report.ok) == (1, False)
    assert said in why(report)[0]


def test_one_failed_source_never_stops_the_others(run: Crawl, site: Site):
    site.pages |= {"/a.html": article("甲"), "/": listing(["/a.html"])}
    dead, gone, well = run.sources(
        [
            {"name": "dead", "starts": [{"kind": "feed", "url": "http://127.0.0.2:9/rss"}]},
            {"name": "gone", "starts": [{"kind": "list", "url": "/gone"}]},
            {"name": "well", "starts": [LIST]},
        ]
    )
    assert (dead.ok, gone.ok, well.ok) == (False, False, True)
    assert "连接不上" in why(dead)[0]
    assert "404" in why(gone)[0]
    assert well.new == 1


def test_the_report_is_kept_in_the_store(run: Crawl, site: Site):
    site.pages |= {"/": listing(["/a.html", "/gone.html"]), "/a.html": article("甲")}
    report = run(LIST)
    with run.system.store.reading() as session:
        (kept,) = session.crawls.reports("site")
    assert {name: kept[name] for name in report.line()} == report.line()
    assert kept["reasons"] == [{"why": "网页不存在（404）", "count": 1, "url": site.url + "/gone.html"}]


def test_only_the_named_sources_are_crawled(run: Crawl, site: Site):
    site.pages["/a.html"] = article("甲")
    page = {"kind": "page", "url": "/a.html"}
    run.write([{"name": "one", "starts": [page]}, {"name": "two", "starts": [page]}])
    assert [report.source for report in crawl(run.system, ["two"], run.file)] == ["two"]
    with pytest.raises(RuleError, match="one、two"):
        crawl(run.system, ["three"], run.file)


def test_two_crawls_in_one_process_in_a_loop_and_in_a_thread(run: Crawl, site: Site):
    site.pages["/a.html"] = article("甲")
    run({"kind": "page", "url": "/a.html"})
    found = []

    async def inside() -> None:
        found.append(crawl(run.system, catalogue=run.file, limits=quick()))

    asyncio.run(inside())
    thread = threading.Thread(target=lambda: found.append(crawl(run.system, catalogue=run.file, limits=quick())))
    thread.start()
    thread.join()
    assert [report.unchanged for (report,) in found] == [1, 1]


def test_a_run_takes_no_more_pages_than_its_limit_and_the_next_one_goes_on(run: Crawl, site: Site):
    paths = [f"/{n}.html" for n in range(5)]
    site.pages |= {"/": listing(paths, etag=True), **{path: article(path) for path in paths}}
    report = run(LIST, limits=quick(pages=3))
    assert (report.found, report.new) == (3, 3)
    assert "其余下次继续" in why(report)[0]
    report = run(LIST, limits=quick(pages=3))
    assert (report.found, report.new, report.unchanged) == (5, 2, 3)


def test_a_run_out_of_time_ends_counts_the_rest_and_the_next_one_goes_on(run: Crawl, site: Site):
    paths = [f"/{n}.html" for n in range(5)]
    site.pages |= {"/": listing(paths, etag=True), **{path: article(path) for path in paths}}
    site.pages["/2.html"] = article("慢", pause=1.0)
    report = run(LIST, limits=quick(run_seconds=0.7))
    assert report.found == 5
    assert report.failed > 0
    assert "本轮时间已到" in " ".join(why(report))
    site.pages["/2.html"] = article("快了")
    assert run(LIST).failed == 0
    assert run.paths() == paths


def part(words: str, *links: str) -> Answer:
    anchors = "".join(f'<a href="{href}">{text}</a>' for href, text in (link.split(" ") for link in links))
    return Answer(f"<html><head><title>长文</title></head><body><p>{words}</p>{anchors}</body></html>".encode())


def test_a_text_split_over_pages_is_one_message(run: Crawl, site: Site, clock):
    site.pages |= {"/": listing(["/t9.html"]), "/t9.html": part("其一", "/t9_2.html 下一页", "/t10.html 下一篇")}
    site.pages |= {"/t9_2.html": part("其二", "/t9.html 上一页", "/t9_3.html 3"), "/t9_3.html": part("其三")}
    report = run(LIST)
    assert (report.found, report.new) == (1, 1)
    (message,) = run.published()
    whole = decompress(message.body or b"", 10_000_000)
    assert len(message.parts) == 3
    assert sum(message.parts) == len(whole)
    assert [word in whole.decode() for word in ("其一", "其二", "其三")] == [True] * 3
    assert "/t10.html" not in site.paths()
    site.forget()
    clock.forward(days=2)
    run(LIST)
    assert site.paths() == ["/", "/t9.html"]


def test_a_part_that_is_not_there_or_forbidden_ends_the_text(run: Crawl, site: Site):
    site.pages |= {"/": listing(["/a.html", "/b.html"]), "/a.html": part("甲", "/a_2.html 下一页")}
    site.pages |= {"/b.html": part("乙", "/b_2.html 下一页"), "/b_2.html": part("其二")}
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /b_2", type="text/plain")
    assert run(LIST).new == 2
    assert [message.parts for message in run.published()] == [[], []]
    assert "/b_2.html" not in site.paths()


def test_a_part_that_fails_fails_the_page_so_that_it_is_asked_for_again(run: Crawl, site: Site, clock):
    site.pages |= {"/": listing(["/a.html"]), "/a.html": part("甲", "/a_2.html 下一页")}
    site.pages["/a_2.html"] = Answer(status=500)
    assert (run(LIST).new, run.published()) == (0, [])
    site.pages["/a_2.html"] = part("其二")
    clock.forward(days=1)
    assert run(LIST).new == 1
    assert len(run.published()[0].parts) == 2


def test_parts_that_lead_in_a_circle_or_on_for_ever_end(run: Crawl, site: Site):
    site.pages |= {"/": listing(["/a.html", "/b.html"]), "/a.html": part("甲", "/a_2.html 下一页")}
    site.pages |= {"/a_2.html": part("乙", "/a_3.html 下一页"), "/a_3.html": part("乙", "/a_2.html 下一页")}
    site.pages["/b.html"] = part("始", "/b_1.html 下一页")
    site.pages |= {f"/b_{n}.html": part(f"第{n}", f"/b_{n + 1}.html 下一页") for n in range(1, 40)}
    run(LIST)
    assert sorted(len(message.parts) for message in run.published()) == [3, 20]

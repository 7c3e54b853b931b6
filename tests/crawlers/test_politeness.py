"""How we behave on other people's servers, seen from the server."""

from __future__ import annotations

from email.utils import format_datetime
from itertools import pairwise

import pytest

from tests.crawlers.conftest import Crawl, quick
from tests.crawlers.site import Answer, Asked, Site, article, listing

LIST = {"kind": "list", "url": "/", "links": "li"}


def why(report) -> str:
    return " ".join(reason.why for reason in report.reasons)


def robots(text: str, status: int = 200) -> Answer:
    return Answer(text.encode(), status, type="text/plain")


def test_robots_txt_is_asked_first_once_and_obeyed(run: Crawl, site: Site):
    site.pages |= {"/robots.txt": robots("User-agent: *\nDisallow: /private/\n"), "/a.html": article("甲")}
    site.pages |= {"/": listing(["/private/no.html", "/a.html"]), "/private/no.html": article("不许")}
    report = run(LIST)
    assert (report.found, report.new, report.forbidden) == (2, 1, 1)
    assert "robots.txt 不许" in why(report)
    assert site.asked[0].path == "/robots.txt"
    assert [one.path for one in site.asked].count("/robots.txt") == 1
    assert "/private/no.html" not in site.paths()


def test_robots_txt_may_name_us(run: Crawl, site: Site):
    site.pages |= {"/robots.txt": robots("User-agent: minyi\nDisallow: /\n\nUser-agent: *\nAllow: /\n")}
    report = run(LIST)
    assert (report.forbidden, report.ok, site.paths()) == (1, False, [])


@pytest.mark.parametrize("status", [500, 503])
def test_a_robots_txt_that_answers_5xx_forbids_the_site_for_this_run(run: Crawl, site: Site, status: int):
    site.pages |= {"/robots.txt": robots("", status), "/": listing(["/a.html"]), "/a.html": article("甲")}
    report = run(LIST)
    assert (report.found, report.forbidden, site.paths()) == (1, 1, [])
    assert f"robots.txt 取不到（{status}）" in why(report)
    site.pages["/robots.txt"] = robots("")
    assert run(LIST).new == 1


def test_a_robots_txt_that_never_answers_keeps_us_away(run: Crawl, site: Site):
    site.pages |= {"/robots.txt": Answer(pause=5.0), "/": listing(["/a.html"])}
    report = run(LIST, limits=quick(timeout=0.2, retries=0))
    assert (report.failed, site.paths()) == (1, [])
    assert "robots.txt 取不到：网站太久没有答复" in why(report)


@pytest.mark.parametrize("status", [401, 404, 410])
def test_a_robots_txt_that_answers_4xx_allows_all(run: Crawl, site: Site, status: int):
    site.pages |= {"/robots.txt": robots("", status), "/": listing(["/a.html"]), "/a.html": article("甲")}
    assert run(LIST).new == 1


def test_the_source_s_delay_lies_between_any_two_requests_to_its_host(run: Crawl, site: Site):
    site.pages |= {"/": listing(["/a.html", "/b.html"]), "/a.html": article("甲"), "/b.html": article("乙")}
    run(LIST, delay="0.2s")
    times = [one.at for one in site.asked]
    assert len(times) == 4
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.15


def test_a_longer_crawl_delay_wins_over_the_source_s(run: Crawl, site: Site):
    site.pages |= {"/robots.txt": robots("User-agent: *\nCrawl-delay: 0.3\n")}
    site.pages |= {"/": listing(["/a.html"]), "/a.html": article("甲")}
    run(LIST, delay="0.1s")
    times = [one.at for one in site.asked]
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.25


def test_a_crawl_delay_of_hours_is_not_crawled(run: Crawl, site: Site):
    site.pages["/robots.txt"] = robots("User-agent: *\nCrawl-delay: 3600\n")
    report = run(LIST)
    assert (report.forbidden, site.paths()) == (1, [])
    assert "间隔 3600 秒" in why(report)


def test_two_sources_on_one_host_share_one_request_at_a_time(run: Crawl, site: Site):
    for name in "ab":
        paths = [f"/{name}{n}.html" for n in range(5)]
        site.pages |= {f"/{name}": listing(paths), **{path: article(path, pause=0.02) for path in paths}}
    reports = run.sources(
        [{"name": name, "starts": [{"kind": "list", "url": f"/{name}", "links": "li"}]} for name in "ab"]
    )
    assert [report.new for report in reports] == [5, 5]
    assert site.busiest == 1


@pytest.mark.parametrize("status", [403, 429])
def test_after_403_or_429_the_host_is_not_asked_once_more_in_this_run(run: Crawl, site: Site, status: int):
    paths = [f"/{n}.html" for n in range(30)]
    site.pages |= {"/": listing(paths), **{path: article(path) for path in paths}}
    site.pages["/3.html"] = Answer(status=status)
    report = run(LIST)
    assert site.paths()[-1] == "/3.html"
    assert report.found == 30
    assert report.forbidden == 30 - report.new
    assert str(status) in why(report)


@pytest.mark.parametrize(
    ("status", "retry_after", "rest"),
    [(429, "7200", 2), (429, None, 1), (403, None, 24), (403, "3600", 1), (429, "soon", 1), (429, "date", 5)],
)
def test_a_host_that_sent_us_away_is_not_asked_before_retry_after(
    run: Crawl, site: Site, clock, status: int, retry_after: str | None, rest: int
):
    if retry_after == "date":
        moment = clock.now.replace(hour=clock.now.hour + 5)
        retry_after = format_datetime(moment, usegmt=True)
    site.pages["/"] = Answer(status=status, headers={"Retry-After": retry_after} if retry_after else {})
    assert run(LIST).forbidden == 1
    site.pages |= {"/": listing(["/a.html"]), "/a.html": article("甲")}
    site.forget()
    clock.forward(hours=rest, minutes=-1)
    report = run(LIST)
    assert (report.forbidden, site.asked) == (1, [])  # not even robots.txt
    assert "不再访问" in why(report)
    clock.forward(minutes=2)
    assert run(LIST).new == 1


def test_a_robots_txt_of_403_sends_us_away_too(run: Crawl, site: Site):
    site.pages |= {"/robots.txt": robots("", 403), "/": listing(["/a.html"])}
    report = run(LIST)
    assert (report.forbidden, site.paths()) == (1, [])


def test_a_login_wall_is_not_got_round(run: Crawl, site: Site):
    site.pages |= {"/": listing(["/a.html", "/b.html"]), "/a.html": Answer(status=401), "/b.html": article("乙")}
    report = run(LIST)
    assert (report.forbidden, report.new) == (1, 1)
    assert "authorization" not in site.asked[-1].headers


def test_no_cookie_and_no_referrer_is_sent_and_we_say_who_we_are(run: Crawl, site: Site):
    site.pages |= {"/": listing(["/a.html"], headers={"Set-Cookie": "a=1"}), "/a.html": article("甲")}
    run(LIST)
    for one in site.asked:
        assert "cookie" not in one.headers
        assert "referer" not in one.headers
        assert one.headers["user-agent"].startswith("Minyi/")


def test_a_redirect_to_another_host_is_refused_and_one_on_the_host_is_followed(run: Crawl, site: Site):
    away = Answer(status=302, headers={"Location": "http://127.0.0.2:9/x.html"})
    here = Answer(status=302, headers={"Location": "/c.html"})
    site.pages |= {"/": listing(["/a.html", "/b.html"]), "/a.html": away, "/b.html": here, "/c.html": article("丙")}
    report = run(LIST)
    assert (report.new, report.failed) == (1, 1)
    assert "转到了其他网站（127.0.0.2）" in why(report)
    assert run.paths() == ["/c.html"]


def test_a_redirect_round_and_round_ends(run: Crawl, site: Site):
    site.pages["/a.html"] = Answer(status=302, headers={"Location": "/a.html"})
    report = run({"kind": "page", "url": "/a.html"})
    assert report.failed == 1
    assert "反复跳转" in why(report)
    assert len(site.paths()) <= 6


def test_a_redirect_into_what_robots_txt_forbids_is_not_followed(run: Crawl, site: Site):
    site.pages |= {"/robots.txt": robots("User-agent: *\nDisallow: /private/\n"), "/private/": article("不许")}
    site.pages["/a.html"] = Answer(status=302, headers={"Location": "/private/"})
    assert run({"kind": "page", "url": "/a.html"}).forbidden == 1
    assert site.paths() == ["/a.html"]


def test_a_page_over_the_limit_is_left_with_a_reason_and_its_neighbours_come(run: Crawl, site: Site):
    huge = Answer(b"x" * 50_000_000)
    unnamed = Answer(b"x" * 12_000_000, headers={"Content-Length": "12000000"})
    site.pages |= {"/": listing(["/a.html", "/b.html", "/c.html"]), "/a.html": huge, "/b.html": unnamed}
    site.pages["/c.html"] = article("丙")
    report = run(LIST)
    assert (report.new, report.failed) == (1, 2)
    assert "网页太大" in why(report)


def test_a_page_that_unpacks_over_the_limit_is_left(run: Crawl, site: Site):
    import gzip

    bomb = Answer(gzip.compress(b"\0" * 30_000_000), headers={"Content-Encoding": "gzip"})
    site.pages["/a.html"] = bomb
    report = run({"kind": "page", "url": "/a.html"})
    assert report.failed == 1
    assert "解压后太大" in why(report)


def test_a_page_whose_packing_is_broken_or_that_breaks_off_is_left(run: Crawl, site: Site):
    site.pages["/a.html"] = Answer(b"no gzip at all", headers={"Content-Encoding": "gzip"})
    site.pages["/b.html"] = article("断", headers={"Content-Length": "9999"}, cut=20)
    report = run({"kind": "page", "url": "/a.html"}, {"kind": "page", "url": "/b.html"})
    assert report.failed == 2
    assert "压缩内容已损坏" in why(report)
    assert "没有传完" in why(report)


def test_a_slow_page_is_left_after_its_time(run: Crawl, site: Site):
    site.pages["/a.html"] = article("慢", pause=5.0)
    report = run({"kind": "page", "url": "/a.html"}, limits=quick(timeout=0.3, retries=0))
    assert report.failed == 1
    assert "太久没有答复" in why(report)


def test_a_5xx_is_asked_again_a_few_times_and_then_noted(run: Crawl, site: Site, clock):
    answers = iter([Answer(status=502), article("甲")])
    site.pages |= {"/a.html": lambda _: next(answers), "/b.html": Answer(status=500)}
    site.pages["/"] = listing(["/a.html", "/b.html"])
    report = run(LIST)
    assert (report.new, report.failed) == (1, 1)
    assert site.paths().count("/a.html") == 2
    assert site.paths().count("/b.html") == 2


def test_a_host_that_breaks_again_and_again_is_left_for_this_run(run: Crawl, site: Site):
    paths = [f"/{n}.html" for n in range(20)]
    site.pages |= {"/": listing(paths), **{path: Answer(status=500) for path in paths}}
    report = run(LIST)
    assert report.failed == 20
    assert "连续多次" in why(report)
    assert len(site.paths()) <= 8


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://no-such-host.invalid/", "域名解析不了"),
        ("http://127.0.0.1:9/", "连接不上"),
        ("https://127.0.0.1:{port}/", "HTTPS"),
    ],
)
def test_dns_connection_and_tls_failures_each_have_their_sentence(run: Crawl, site: Site, url: str, said: str):
    port = site.url.rpartition(":")[2]
    report = run({"kind": "page", "url": url.format(port=port)}, delay="1s", limits=quick(retries=0))
    assert (report.found, report.failed) == (1, 1)
    assert said in why(report)


def test_what_robots_txt_asked_is_asked_with_the_same_name(run: Crawl, site: Site):
    seen: list[Asked] = []

    def remembering(asked: Asked) -> Answer:
        seen.append(asked)
        return robots("")

    site.pages |= {"/robots.txt": remembering, "/a.html": article("甲")}
    run({"kind": "page", "url": "/a.html"})
    assert [one.headers["user-agent"] for one in seen] == [site.asked[-1].headers["user-agent"]]

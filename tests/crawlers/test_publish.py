"""Rule 2: what is remembered, and when, with a bus and a store that fail where they are told to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crawlers.catalogue import Source
from crawlers.publish import Fetch, message_of
from pipeline.errors import Terminal, Transient
from pipeline.ports.bus import Bus
from pipeline.ports.store import SeenPage
from pipeline.records.messages import Outgoing, Place, decode
from tests.crawlers.conftest import Crawl
from tests.crawlers.site import Answer, Site, article, listing

LIST = {"kind": "list", "url": "/", "links": "li"}
AWAY = Transient("总线连接不上", where="bus", fix="请稍后再试")


@dataclass
class MoodyBus:
    """The real bus, but `before` sees each group first, and `refuse` answers for messages it names."""

    real: Bus
    before: Callable[[Sequence[Outgoing]], None] = lambda _: None
    refuse: dict[str, Exception] = field(default_factory=dict)

    def publish(self, topic: str, messages: Sequence[Outgoing]) -> list[Place | Exception]:
        self.before(messages)
        found: list[Place | Exception] = []
        for message in messages:
            path = decode(message.value).origin.rpartition("/")[2]
            found += [self.refuse[path]] if path in self.refuse else self.real.publish(topic, [message])
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def moody(run: Crawl, **moods: Any) -> MoodyBus:
    bus = MoodyBus(run.system.bus, **moods)
    run.system.__dict__["bus"] = bus
    return bus


def seen(run: Crawl, *paths: str) -> dict[str, SeenPage]:
    with run.system.store.reading() as session:
        found = session.crawls.pages("site", [run.site.url + path for path in paths])
    return {url.removeprefix(run.site.url): page for url, page in found.items()}


def why(report) -> str:
    return " ".join(reason.why for reason in report.reasons)


def three(site: Site, **how: Any) -> None:
    paths = ["/a.html", "/b.html", "/c.html"]
    site.pages |= {"/": listing(paths, etag=True, **how), **{path: article(path) for path in paths}}


def test_rule_2_a_page_is_seen_only_after_the_bus_answered(run: Crawl, site: Site):
    three(site)
    looked = []

    def before(messages: Sequence[Outgoing]) -> None:
        paths = ["/" + decode(message.value).origin.rpartition("/")[2] for message in messages]
        looked.extend(paths)
        assert seen(run, *paths) == {}

    moody(run, before=before)
    run(LIST)
    assert sorted(looked) == ["/a.html", "/b.html", "/c.html"]
    assert set(seen(run, *looked)) == set(looked)


def test_rule_2_a_page_the_bus_did_not_take_is_not_seen_and_comes_with_the_next_crawl(run: Crawl, site: Site):
    three(site)
    bus = moody(run, refuse={"b.html": AWAY})
    report = run(LIST)
    assert report.found == 3
    assert report.failed >= 1
    assert "总线连接不上" in why(report)
    assert "/b.html" not in seen(run, "/a.html", "/b.html", "/c.html")
    bus.refuse.clear()
    report = run(LIST)
    assert report.failed == 0
    assert run.paths() == ["/a.html", "/b.html", "/c.html"]


def test_rule_2_a_list_s_validators_wait_until_every_link_is_settled(run: Crawl, site: Site):
    three(site)
    bus = moody(run, refuse={"c.html": AWAY})
    run(LIST)
    assert seen(run, "/") == {}
    bus.refuse.clear()
    run(LIST)
    assert seen(run, "/")["/"].etag
    site.forget()
    run(LIST)
    assert site.paths() == ["/"]


def test_rule_2_a_failed_page_with_its_retry_noted_settles_its_list(run: Crawl, site: Site, clock):
    three(site)
    site.pages["/b.html"] = Answer(status=404)
    run(LIST)
    assert seen(run, "/")["/"].etag
    noted = seen(run, "/b.html")["/b.html"]
    assert (noted.failures, noted.reason) == (1, "网页不存在（404）")
    site.pages["/b.html"] = article("补上了")
    clock.forward(hours=23)
    site.forget()
    assert run(LIST).new == 0  # the list is unchanged and the retry not due
    assert site.paths() == ["/"]
    clock.forward(hours=1, minutes=-1)
    site.pages["/"] = listing(["/a.html", "/b.html", "/c.html"])
    assert run(LIST).failed == 1  # named by the list, still not due
    clock.forward(minutes=1)
    assert run(LIST).new == 1
    assert run.paths() == ["/a.html", "/b.html", "/c.html"]


def test_a_retry_that_no_list_names_any_more_still_carries_what_its_link_said(run: Crawl, site: Site, clock):
    when = "Mon, 23 Nov 2026 08:00:00 +0800"
    item = f"<item><title>护栏断了</title><link>/f.html</link><pubDate>{when}</pubDate></item>"
    site.pages |= {"/": listing(["/a.html"]), "/rss": Answer(f"<rss>{item}</rss>".encode(), type="text/xml")}
    starts = (LIST, {"kind": "feed", "url": "/rss"})
    assert run(*starts).failed == 2
    site.pages |= {"/": listing(["/b.html"]), "/rss": Answer(b"<rss></rss>", type="text/xml")}
    site.pages |= {"/a.html": Answer(status=500), "/b.html": article("乙")}
    clock.forward(days=1)
    assert run(*starts).failed == 2  # once more in vain
    site.pages |= {"/a.html": article("甲"), "/f.html": article("己")}
    clock.forward(days=7)
    assert run(*starts).new == 2
    said = {message.url.rpartition("/")[2]: (message.link_title, message.link_date) for message in run.published()}
    assert said["a.html"] == ("关于某件民生小事的第1号建议", "2026-11-02")
    assert said["f.html"] == ("护栏断了", when)


def test_rule_2_a_retry_that_is_due_is_asked_though_its_list_is_unchanged(run: Crawl, site: Site, clock):
    three(site)
    site.pages["/b.html"] = Answer(status=500)
    run(LIST)
    site.pages["/b.html"] = article("好了")
    clock.forward(hours=2)
    report = run(LIST)
    assert (report.found, report.new, report.unchanged) == (2, 1, 1)


def test_rule_2_the_first_page_of_a_list_waits_for_the_later_ones(run: Crawl, site: Site):
    site.pages |= {
        "/": listing(["/a.html"], '<a class="next" href="/2">下一页</a>', etag=True),
        "/2": Answer(status=500),
    }
    site.pages["/a.html"] = article("甲")
    report = run({**LIST, "next": "a.next"})
    assert (report.new, report.failed, report.ok) == (1, 1, True)
    assert seen(run, "/", "/2") == {}
    site.pages |= {"/2": listing(["/b.html"], etag=True), "/b.html": article("乙")}
    assert run({**LIST, "next": "a.next"}).new == 1
    assert set(seen(run, "/", "/2")) == {"/", "/2"}


def test_rule_2_a_page_forbidden_because_the_host_was_left_keeps_its_list_open(run: Crawl, site: Site, clock):
    three(site)
    site.pages["/b.html"] = Answer(status=429)
    run(LIST)
    assert seen(run, "/", "/b.html", "/c.html") == {}
    site.pages["/b.html"] = article("乙")
    clock.forward(hours=2)
    run(LIST)
    assert run.paths() == ["/a.html", "/b.html", "/c.html"]


def test_a_bus_that_is_away_ends_the_crawl_and_nothing_is_lost(run: Crawl, site: Site):
    paths = [f"/{n}.html" for n in range(40)]
    site.pages |= {"/": listing(paths, etag=True), **{path: article(path) for path in paths}}

    def away(_: Sequence[Outgoing]) -> None:
        raise AWAY

    bus = moody(run, before=away)
    report = run(LIST)
    assert (report.found, report.failed) == (40, 40)
    assert "总线连接不上" in why(report)
    assert len(site.paths()) < 41  # further requests would bother the site for nothing
    assert seen(run, "/", *paths) == {}
    bus.before = lambda _: None
    assert run(LIST).new == 40


def test_a_page_the_bus_refuses_for_ever_is_noted_and_its_neighbours_come(run: Crawl, site: Site):
    three(site)
    moody(run, refuse={"b.html": Terminal("消息太大，总线不收", step="publish")})
    report = run(LIST)
    assert (report.new, report.failed) == (2, 1)
    assert "消息太大" in why(report)
    assert seen(run, "/b.html")["/b.html"].failures == 1


def test_a_store_that_fails_after_publishing_leaves_the_page_unseen(run: Crawl, site: Site, clock):
    three(site)
    store = run.system.store

    class MoodyStore:
        broken = False

        def writing(self) -> Any:
            if self.broken:
                raise Transient("业务库写不进去（磁盘已满）", fix="请清理磁盘")
            return store.writing()

        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

    def breaks(_: Sequence[Outgoing]) -> None:
        moody_store.broken = True

    run.system.__dict__["store"] = moody_store = MoodyStore()
    bus = moody(run, before=breaks)
    report = run(LIST)
    assert (report.found, report.failed) == (3, 3)
    assert "磁盘已满" in why(report)
    assert seen(run, "/", "/a.html", "/b.html", "/c.html") == {}
    moody_store.broken, bus.before = False, lambda _: None
    assert run(LIST).elsewhere  # the host could not be given back, and is free after a while
    clock.forward(minutes=2)
    assert run(LIST).new == 3
    assert sorted(set(run.paths())) == ["/a.html", "/b.html", "/c.html"]  # some twice: duplicates behind the bus


def test_a_fetch_made_again_before_it_was_noted_is_the_same_message_and_a_later_one_another(run: Crawl, site: Site):
    source = Source.model_validate(
        {"name": "s", "title": "甲", "starts": [{"kind": "page", "url": "http://example.gov.cn/"}]}
    )
    one = Fetch(
        source=source,
        url="http://example.gov.cn/a",
        origin="http://example.gov.cn/a",
        status=200,
        headers={},
        body=b"body",
        link=None,
        fetched_at="2026-11-23T01:00:00.000000Z",
    )
    again = replace(one, fetched_at="2026-11-23T02:00:00.000000Z")
    later = replace(again, since="2026-11-23T01:00:01.000000Z")
    made = [message_of(fetch, lambda _item, content: run.system.files.put(content)) for fetch in (one, again, later)]
    ids = [name for name, _ in made]
    assert ids == [decode(message.value).message_id for _, message in made]
    assert ids[0] == ids[1] != ids[2]

"""The catalogue: what may be written, and what a wrong line is answered with."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from crawlers.catalogue import load_catalogue, schedule, web_url
from pipeline.errors import RuleError
from pipeline.settings import load

WHOLE = """\
version: 1
sources:
  - name: hnzx
    title: 河南政协网
    region: "410000"
    every: 30m
    delay: 2s
    since: 2026-01-01
    starts:
      - {kind: list, url: "https://example.gov.cn/index.html", links: "ul li a", next: "a.next", pages: 5}
      - {kind: feed, url: "https://example.gov.cn/rss.xml"}
    article: {title: "h1", text: ".con", date: ".time"}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "catalogue.yaml"
    found.write_text(WHOLE, encoding="utf-8")
    return found


def test_the_contract_s_example_is_read(file: Path):
    (source,) = load_catalogue(file).sources
    assert (source.name, source.region, source.since) == ("hnzx", "410000", date(2026, 1, 1))
    assert (source.every, source.delay) == (timedelta(minutes=30), timedelta(seconds=2))
    assert [start.page_limit for start in source.starts] == [5, 1]
    assert source.article.selectors() == {"title": "h1", "text": ".con", "date": ".time"}
    assert source.hosts == {"example.gov.cn"}


@pytest.mark.parametrize(
    ("right", "wrong", "line", "said"),
    [
        ("delay: 2s", "delay: 2", 7, "2s（秒）"),
        ("delay: 2s", "delay: 0s", 3, "至少 1s"),
        ("every: 30m", "every: 1s", 6, "最短 1m"),
        ('"https://example.gov.cn/rss.xml"', "example.gov.cn/rss.xml", 11, "http://"),
        ('"https://example.gov.cn/rss.xml"', '"ftp://example.gov.cn/"', 11, "http://"),
        ('"https://example.gov.cn/rss.xml"', '"https://"', 11, "http://"),
        ('"https://example.gov.cn/rss.xml"', '"https://me:secret@example.gov.cn/"', 11, "不登录"),
        ("kind: feed", "kind: fead", 11, "list、feed、sitemap、page"),
        ("kind: feed,", "kind: feed, links: a,", 11, "只用于 list"),
        ('next: "a.next", ', "", 10, "还要写 next"),
        ('"ul li a"', '"ul[["', 10, "不是 CSS 选择器"),
        ("title: 河南政协网", "titel: 河南政协网", 3, "缺少“sources[0].title”"),
        ('"410000"', "410000", 5, "加引号"),
        ('"410000"', '"41"', 5, "region"),
        ("name: hnzx", "name: a/b", 3, "请只用文字、数字"),
        ("version: 1", "version: 2", 1, "version"),
    ],
)
def test_a_wrong_field_is_named_with_its_line_and_what_may_be_written(file: Path, right, wrong, line, said):
    file.write_text(WHOLE.replace(right, wrong), encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        load_catalogue(file)
    assert f"第 {line} 行" in str(caught.value)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_two_sources_of_one_name_are_refused(file: Path):
    file.write_text(WHOLE + WHOLE.partition("sources:\n")[2], encoding="utf-8")
    with pytest.raises(RuleError, match="两个来源都叫“hnzx”"):
        load_catalogue(file)


def test_an_unknown_source_is_answered_with_the_known_ones(file: Path):
    catalogue = load_catalogue(file)
    assert [source.name for source in catalogue.chosen(["hnzx", "hnzx"])] == ["hnzx"]
    with pytest.raises(RuleError, match=r"没有“hn”.*可用的来源：hnzx"):
        catalogue.chosen(["hn"])


def test_a_missing_catalogue_says_what_to_write_and_schedules_nothing(tmp_path: Path):
    settings = load({"MINYI_HOME": str(tmp_path)})
    with pytest.raises(RuleError, match="请新建"):
        load_catalogue(tmp_path / "none.yaml")
    assert schedule(settings) == {}
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "catalogue.yaml").write_text(WHOLE, encoding="utf-8")
    assert schedule(settings) == {"hnzx": timedelta(minutes=30)}


@pytest.mark.parametrize("url", ["http://[::1", "http://a.cn:99999/", "http://a b.cn/", "//a.cn/", "http:///x", ""])
def test_a_torn_url_is_no_url(url: str):
    with pytest.raises(ValueError, match="不是完整的网址"):
        web_url(url)

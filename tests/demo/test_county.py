"""The county's content: made up throughout, of the lengths that were planned, its days counted from today."""

from __future__ import annotations

import re
from datetime import date
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from flows.demo import content, papers
from flows.demo.place import new_home
from flows.demo.site import SAMPLE, Site, served
from flows.demo.story import Story, cut, width, wrapped
from pipeline.errors import Broken, UsageError
from pipeline.intake import formats
from pipeline.intake.drafts import Limits
from pipeline.text.personal import find

TODAY = date(2026, 1, 2)
OPEN = build_opener(ProxyHandler({}))


@pytest.fixture(scope="module")
def told():
    return {one.number: one for one in content.submissions(TODAY)}


@pytest.fixture(scope="module")
def channels():
    return content.channels(TODAY)


def test_there_are_fifteen_submissions_and_one_bad_row(told):
    assert sorted(told) == list(range(16))
    assert told[0].text == ""


def test_texts_have_the_lengths_of_an_offices_day(told):
    lengths = {number: len("".join(one.text.split())) for number, one in told.items() if one.text}
    assert 3700 <= lengths.pop(11) <= 3900
    assert all(120 <= length <= 1500 for length in lengths.values())


def test_every_number_in_the_texts_is_one_that_nobody_has(told, channels):
    phones = [one.phone for one in told.values() if one.phone]
    assert all(re.fullmatch(r"154-0000-\d{4}", phone) for phone in phones)
    texts = [one.text for one in told.values()] + [page.text for one in channels for page in one.pages]
    found = [text[span.start : span.end] for text in texts for span in find(text)]
    assert sorted(found) == ["154-0000-2210", "469999209909090012", "蒋秋实"]


def test_days_months_and_years_are_counted_from_today():
    assert content.dated("{D-3}，{d+1}，{iso}，{M-1}，{m-13}，{Y-1}", TODAY) == (
        "2025年12月30日，1月3日，2026-01-02，2025年12月，12月，2025"
    )


def test_no_day_is_left_unwritten(told, channels):
    texts = [one.text for one in told.values()] + [page.text for one in channels for page in one.pages]
    assert not [text for text in texts if re.search(r"[{}]", text)]


def test_every_page_says_that_it_is_made_up(channels):
    site = Site(channels, TODAY, round_=2)
    with served(site):
        for channel in channels:
            for page in channel.pages:
                body = asked(site, page.path).read().decode(channel.charset)
                assert SAMPLE in body
                assert all(line in body for line in page.text.splitlines()[-1:])


def test_the_site_answers_304_403_and_404(channels):
    site = Site(channels, TODAY)
    with served(site):
        tag = asked(site, "/gov/index.html").headers["ETag"]
        assert status(site, "/gov/index.html", {"If-None-Match": tag}) == 304
        assert status(site, "/circle/1001.html") == 403
        assert status(site, "/gov/nowhere.html") == 404
        assert b"Disallow: /inner/" in asked(site, "/robots.txt").read()


def test_the_second_round_changes_one_page_and_adds_one(channels):
    site = Site(channels, TODAY)
    before = site.page_count()
    with served(site):
        first = asked(site, "/gov/g02.html").read()
        site.round_ = 2
        assert asked(site, "/gov/g02.html").read() != first
    assert site.page_count() == before + 1


def asked(site, path, headers=None):
    return OPEN.open(Request(f"http://127.0.0.1:{site.port}{path}", headers=headers or {}), timeout=10)


def status(site, path, headers=None):
    with pytest.raises(HTTPError) as refused:
        asked(site, path, headers)
    refused.value.close()
    return refused.value.code


def test_the_word_file_in_gbk_is_read(told):
    made = papers.old_word(told[15])
    assert b"encoding=" in made or made.startswith(b"PK")
    draft = formats.document(made, "来稿.docx", Limits())
    assert (draft.title, draft.author, draft.unit) == (told[15].title, "汲芳洲", "北岭乡人民政府")
    assert "甲村写要三样材料" in draft.text


def test_a_home_in_use_is_not_walked_through_again(tmp_path, clock):
    first = new_home({"MINYI_HOME": str(tmp_path)}, clock())
    assert (first.rules_dir / "series.yaml").is_file()
    assert new_home({"MINYI_HOME": str(tmp_path), "MINYI_STORE": first.store.url}, clock()).store == first.store


def test_lines_are_wrapped_by_screen_cells_and_no_line_begins_with_a_closing_mark():
    lines = wrapped("县政协办公室收到来稿十五件，其中三件没有收存。" * 8, 40)
    assert all(width(line) <= 42 for line in lines)
    assert not [line for line in lines if line[0] in "，。"]
    assert "".join(lines) == "县政协办公室收到来稿十五件，其中三件没有收存。" * 8


def test_tables_stand_in_columns_of_screen_cells():
    said: list[str] = []
    Story(said.append).table(("件", "来稿"), [(1, "甲"), (10, "乙乙乙")])
    assert said == ["  件  来稿", "  ──  ──────", "   1  甲", "  10  乙乙乙"]
    assert cut("一二三四五", 8) == "一二三…"


def test_without_a_chinese_font_the_demo_says_what_to_install_or_installs_it(tmp_path, monkeypatch):
    from flows.demo import fonts
    from pipeline.documents.fonts import FONT_PACKAGE, find_fonts, how_to_install

    bare = [True]

    def none_yet(folders):
        if bare[0]:
            raise Broken("本机没有中文字体，无法排版 PDF", fix=how_to_install())
        return find_fonts(folders)

    said: list[str] = []
    monkeypatch.setattr(fonts, "find_fonts", none_yet)
    monkeypatch.setattr(fonts, "may_install", lambda: False)
    with pytest.raises(Broken) as refused:
        fonts.ensure_fonts(Story(said.append), tmp_path)
    assert refused.value.fix

    monkeypatch.setattr(fonts, "may_install", lambda: True)
    monkeypatch.setattr(fonts, "install", lambda: bare.__setitem__(0, False))
    fonts.ensure_fonts(Story(said.append), tmp_path)
    assert FONT_PACKAGE in said[0]


def test_a_store_that_holds_items_is_refused_by_name(demo, tmp_path, clock):
    with pytest.raises(UsageError, match="演示要在空库里走"):
        new_home({"MINYI_HOME": str(tmp_path), "MINYI_STORE": demo.settings.store.url}, clock())

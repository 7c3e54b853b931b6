"""A file that a person wrote is either a value, or a sentence with file, line, field and what may stand there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from pipeline.errors import RuleError
from pipeline.rules.taxonomy import Scheme
from pipeline.rules.yamlfile import SIZE_LIMIT, RuleModel, load_yaml, parse_yaml


class ListStart(RuleModel):
    kind: Literal["list"]
    url: str
    links: str = "a"


class FeedStart(RuleModel):
    kind: Literal["feed"]
    url: str


class Source(RuleModel):
    name: str
    region: str | None = None
    pages: int = Field(default=1, ge=1, le=9)
    every: str = Field(default="1h", alias="often")
    starts: tuple[Annotated[ListStart | FeedStart, Field(discriminator="kind")], ...] = Field(min_length=1)


class Catalogue(RuleModel):
    version: Literal[1] = 1
    mood: Literal["calm", "lively"] = "calm"
    sources: tuple[Source, ...] = ()


HEAD = "sources:\n  - name: one\n    starts: [{kind: list, url: u}]\n"


def fault(text: str) -> str:
    with pytest.raises(RuleError) as caught:
        parse_yaml(text, Catalogue, "目录.yaml")
    return str(caught.value)


def test_a_right_file_is_read() -> None:
    read = parse_yaml("sources:\n  - {name: a, starts: [{kind: feed, url: u}]}\n", Catalogue, "目录.yaml")
    assert read.sources[0].starts[0] == FeedStart(kind="feed", url="u")


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("# 只有注释\n", encoding="utf-8")
    assert load_yaml(path, Catalogue) == Catalogue()


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (
            "  - name: two\n    starts: [{kind: lst, url: u}]\n",
            ["第 5 行", "sources[1].starts[0].kind", "lst", "list、feed"],
        ),
        (
            "  - name: two\n    starts:\n      - {url: u}\n",
            ["第 6 行", "缺少“sources[1].starts[0].kind”", "list、feed"],
        ),
        (
            "  - name: two\n    starts:\n      - kind: list\n        ulr: u\n",
            ["ulr", "是不是“url”", "kind、url、links"],
        ),
        ("  - name: two\n    starst: []\n", ["第 5 行", "starst", "是不是“starts”", "often"]),
        ("  - starts: [{kind: list, url: u}]\n", ["第 4 行", "缺少“sources[1].name”"]),
        ("  - name: two\n    pages: 99\n    starts: [{kind: list, url: u}]\n", ["第 5 行", "“99”", "不得大于 9"]),
        ("  - name: two\n    pages: 两\n    starts: [{kind: list, url: u}]\n", ["“两”", "应写成整数"]),
        ("  - name: two\n    starts: []\n", ["第 5 行", "至少写 1 项"]),
        ("  - name: two\n    starts: one\n", ["第 5 行", "应写成列表"]),
        ("  - two\n", ["第 4 行", "sources[1]", "字段: 值"]),
        ("mood: cam\n", ["第 4 行", "“cam”", "是不是“calm”", "calm、lively"]),
        ("version: 2\n", ["version", "“2”", "可写：1"]),
    ],
)
def test_the_sentence_names_line_field_and_what_may_stand_there(written: str, words: list[str]) -> None:
    said = fault(HEAD + written)
    assert "目录.yaml" in said
    assert [word for word in words if word not in said] == [], said


def test_a_code_without_quotes_is_told_to_wear_them() -> None:
    assert "请加引号" in fault("sources:\n  - {name: a, region: 410000, starts: [{kind: list, url: u}]}\n")


def test_a_doubled_field_is_refused_with_both_lines() -> None:
    said = fault("mood: calm\nversion: 1\nmood: lively\n")
    assert "“mood”写了两次" in said
    assert "第 3 行" in said
    assert "第 1 行" in said


def test_several_mistakes_are_told_at_once() -> None:
    said = fault("mood: x\nversion: 3\nfoo: 1\n")
    assert [line for line in ("第 1 行", "第 2 行", "第 3 行") if line not in said] == []


def test_a_tab_is_named_with_its_line() -> None:
    said = fault("sources:\n\t- name: a\n")
    assert "制表符" in said
    assert "第 2 行" in said


@pytest.mark.parametrize(
    "text", ["mood: [calm\n", "mood: 'calm\nversion: 1\n", "a: b: c\n", "- a\nb: c\n", "@x\n", "? [a]\n: 1\n"]
)
def test_broken_yaml_is_a_sentence_with_a_line(text: str) -> None:
    said = fault(text)
    assert "目录.yaml 第 " in said
    assert "yaml." not in said


def test_aliases_are_refused_before_they_unfold() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    assert "引用" in fault(bomb)


def test_nesting_without_end_is_refused() -> None:
    assert "嵌套" in fault("mood: " + "[" * 50_000)


def test_python_objects_are_not_made() -> None:
    assert "第 1 行" in fault("mood: !!python/name:os.system\n")


def test_two_documents_in_one_file_are_refused() -> None:
    assert "两份" in fault("mood: calm\n---\nmood: calm\n")


def test_a_date_that_is_none_is_a_sentence() -> None:
    assert "2026-02-30" in fault("mood: 2026-02-30\n")


def test_a_file_saved_as_gbk_is_told_to_be_utf8(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("mood: calm\n# 平静\n".encode("gb18030"))
    with pytest.raises(RuleError, match=r"UTF-8.*第 2 行"):
        load_yaml(path, Catalogue)


def test_windows_line_ends_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfmood: lively\r\n")
    assert load_yaml(path, Catalogue).mood == "lively"


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"#" * (SIZE_LIMIT + 1))
    with pytest.raises(RuleError, match="最大 1 MB"):
        load_yaml(path, Catalogue)


def test_a_missing_file_and_a_folder_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="没有这个文件"):
        load_yaml(tmp_path / "none.yaml", Catalogue)
    with pytest.raises(RuleError, match="读不了"):
        load_yaml(tmp_path, Catalogue)


def test_a_wrong_weight_is_told_from_a_wrong_word() -> None:
    with pytest.raises(RuleError) as caught:
        parse_yaml("name: a\ndomains:\n  - name: b\n    keywords:\n      - {word: 路灯, weigth: 2}\n", Scheme, "t.yaml")
    said = str(caught.value)
    assert "第 5 行" in said
    assert "是不是“weight”" in said


@given(st.text(max_size=200))
def test_any_text_is_a_value_or_a_rule_error(text: str) -> None:
    try:
        parse_yaml(text, Catalogue, "x.yaml")
    except RuleError as error:
        assert "x.yaml" in str(error)  # noqa: PT017

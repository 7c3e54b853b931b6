"""Authors who did not consent: which words of an author's field are somebody's name, and where they are hidden."""

from __future__ import annotations

import pytest

from pipeline.text.authors import Hidden


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("张三", "张三"),
        ("欧阳明远", "欧阳明远"),
        ("本报记者 李小明", "李小明"),
        ("张三（委员）", "张三"),
        ("张　三", "张三"),
        ("张　三", "张　三"),
        ("王一、赵二", "赵二"),
        ("逯小红", "逯小红"),
        ("扎西", "扎西"),
        ("阿依古丽", "阿依古丽"),
        ("买买提·吐尔逊", "买买提·吐尔逊"),
    ],
)
def test_an_author_is_hidden_whatever_the_surname(author: str, name: str) -> None:
    text = f"{name}说路灯坏了，{name}等了三个月。"
    hidden = Hidden.of(author).name(text)
    assert name not in hidden
    assert len(hidden) == len(text)
    assert hidden.startswith(f"{name[0]}*")


@pytest.mark.parametrize(
    "author",
    ["群众", "匿名", "热心市民", "网友", "中原区城管局", "某村委会", "民建支部", "河南政协网", "本报记者", None, ""],
)
def test_what_is_no_persons_name_stays(author: str | None) -> None:
    text = f"{author}反映路灯坏了，记者到场。"
    assert Hidden.of(author).name(text) == text


def test_a_short_value_loses_its_numbers_and_an_address_is_looked_at_step_by_step() -> None:
    hidden = Hidden.of("张三")
    assert hidden.short("张三来信13812345678") == "张*来信138****5678"
    assert hidden.short("https://x.test/2026/tel=13812345678") == "https://x.test/2026/tel=138****5678"
    assert hidden.short("来信") == "来信"

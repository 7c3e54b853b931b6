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
        ("张三丰等", "张三丰"),
        ("张三丰等5人", "张三丰"),
        ("张三丰先生", "张三丰"),
        ("居民张三丰", "张三丰"),
        ("本报记者李小明", "李小明"),
        ("姓名：张三丰", "张三丰"),
        ("张三丰:13800138000", "张三丰"),
        ("张三丰|李四", "李四"),
        ("张三丰和李四光", "李四光"),
        ("张和平", "张和平"),
        ("逯建行", "逯建行"),
        ("John Smith", "Smith"),
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
    ("author", "text", "hidden"),
    [
        ("张　三", "我叫张　三，张三住在这里", "我叫张　*，张*住在这里"),
        ("张三丰", "我是张 三 丰", "我是张 * *"),
        ("Li Wei", "I am li  wei, living in Liwei", "I am l*  ***, living in Liwei"),
        ("John Smith", "John Smith, Smithy", "J*** *****, Smithy"),
        ("张和平", "与和平路的张和平", "与和平路的张**"),
    ],
)
def test_a_name_is_hidden_however_it_is_set(author: str, text: str, hidden: str) -> None:
    assert Hidden.of(author).name(text) == hidden


@pytest.mark.parametrize(
    "author",
    [
        "招商银行",
        "村民代表",
        "群众",
        "匿名",
        "保密",
        "不便透露",
        "热心市民",
        "网友",
        "中原区城管局",
        "某村委会",
        "民建支部",
        "河南政协网",
        "本报记者",
        None,
        "",
    ],
)
def test_what_is_no_persons_name_stays(author: str | None) -> None:
    text = f"{author}反映路灯坏了，记者到场。"
    assert Hidden.of(author).name(text) == text


def test_a_short_value_loses_its_numbers_and_an_address_is_looked_at_step_by_step() -> None:
    hidden = Hidden.of("张三")
    assert hidden.short("张三来信13812345678") == "张*来信138****5678"
    assert hidden.short("https://x.test/2026/tel=13812345678") == "https://x.test/2026/tel=138****5678"
    assert hidden.short("来信") == "来信"

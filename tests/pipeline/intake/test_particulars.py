"""What a document says of itself goes into fields; nothing that it says is lost."""

from __future__ import annotations

import re
from dataclasses import asdict

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.intake.formats import particulars

LINES = [
    "关于增设烘干点的建议",
    "反映人：张三丰",
    "单位：某县农技站",
    "联系电话：13812345678",
    "（某县政协 电话13812345678）",
    "联系人：李四 电话：138 1234 5678",
    "作者 王小明",
    "电话：0371-65651234，13987654321",
    "手机13812345678 邮箱a@b.cn",
    "联系人及电话：张三丰，13812345678，每天下午可接",
    "2026年11月3日",
    "填报人：赵六（某县水利局）联系方式：13700001111",
    "姓名：孙七；职务：主任；电话：5556666转801",
    "电话：张三丰13812345678、李四13911112222",
    "建议按乡镇布点。",
    "近年来粮食烘干难。",
    "村民说电话打不通，12345也没人接。",
]
WORDS = re.compile("张三丰|李四|王小明|赵六|孙七|主任|每天下午可接|某县[水农][利技][局站]|转801|[0-9]{7,}|a@b.cn")


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=8))
@settings(deadline=None, max_examples=400)
def test_what_no_field_takes_is_kept_beside(lines: list[str]):
    text = "\n".join(lines)
    kept = "\n".join(str(value) for value in asdict(particulars.found(text)).values() if value)
    squeezed = re.sub(r"(?<=[0-9]) (?=[0-9])", "", text)
    assert [word for word in WORDS.findall(squeezed) if word not in re.sub(r"(?<=[0-9]) (?=[0-9])", "", kept)] == []


def test_a_line_whose_words_are_all_in_fields_is_not_kept_twice():
    draft = particulars.found(
        "关于增设烘干点的建议\n反映人：张三丰\n联系电话：13812345678\n近年来粮食烘干难，建议布点。"
    )
    assert (draft.author, draft.phone, draft.declared) == ("张三丰", "13812345678", {})

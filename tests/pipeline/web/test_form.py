"""The public form without a browser: what it asks, what it keeps, what it refuses."""

from __future__ import annotations

import re

import pytest

from pipeline.text.secrecy import NOTICE

TYPED = {
    "matter": "none",
    "title": "桥灯不亮",
    "situation": "东桥的灯坏了三天。",
    "causes": "线路老化。",
    "proposals": "更换线路。",
    "author": "张三",
    "identity": "群众",
    "phone": "13800001111",
}


def _key(page: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f]{32})"', page)
    assert found
    return found[1]


@pytest.fixture
def send(client):
    def sent(headers=None, **changes):
        typed = {**TYPED, "key": _key(client.get("/").text), **changes}
        return client.post("/submissions", data=typed, headers=headers)

    return sent


def test_the_form_asks_for_other_channels_first_and_warns_of_secrecy(client):
    page = client.get("/").text
    assert "涉及国家秘密的，请改由机要渠道报送" in page
    assert page.index("是否属于信访、诉讼、举报、人事") < page.index('name="title"')
    assert "请先报应急值班渠道" in page


def test_every_field_has_a_label(client):
    page = client.get("/").text
    for tag in re.findall(r"<(?:input|textarea)[^>]*>", page):
        if 'type="hidden"' in tag:
            continue
        identity = re.search(r' id="([^"]+)"', tag)
        labelled = "aria-label=" in tag or (identity and f'<label for="{identity[1]}"' in page)
        assert labelled or re.search(r'<label class="choice">' + re.escape(tag), page), tag


def test_consent_is_not_given_beforehand(client):
    page = client.get("/").text
    for name in ("named", "passed_on", "published", "urgent"):
        (tag,) = re.findall(rf'<input type="checkbox" name="{name}"[^>]*>', page)
        assert "checked" not in tag


def test_a_form_leads_to_its_receipt_page(client, send, message_of):
    answer = send(named="yes", elsewhere="yes", elsewhere_where="市政协", unit="县一中教师")
    assert answer.status_code == 303
    page = client.get(answer.headers["location"]).text
    assert "已收到您的反映" in page
    receipt = answer.headers["location"].split("/")[-1].partition("?")[0]
    assert " ".join(receipt[at : at + 4] for at in (0, 4, 8)) in page
    assert "2026年11月23日 09:00" in page
    assert "13800001111" not in page
    message = message_of(receipt)
    assert message.text == "东桥的灯坏了三天。\n\n原因分析：\n线路老化。\n\n意见建议：\n更换线路。"
    assert message.channel == message.source == "web"
    assert message.consent.named
    assert not message.consent.published
    assert message.declared == {"身份": "群众", "已报送其他渠道": "是：市政协", "公开发表过": "否"}


def test_a_double_click_gives_one_receipt(client, send):
    key = _key(client.get("/").text)
    places = {send(key=key).headers["location"] for _ in range(3)}
    assert len(places) == 1


def test_a_form_sent_again_with_changes_asks_once_more(client, send):
    key = _key(client.get("/").text)
    send(key=key)
    answer = send(key=key, situation="另一件事。")
    assert answer.status_code == 422
    assert "再点一次" in answer.text
    assert _key(answer.text) != key
    assert send(key=_key(answer.text), situation="另一件事。").status_code == 303


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"matter": ""}, "请先回答本事项是否属于"),
        ({"title": ""}, "请填写标题"),
        ({"situation": " "}, "请填写情况反映"),
        ({"identity": "领导"}, "请选择身份"),
        ({"phone": ""}, "请填写联系电话"),
        ({"title": "字" * 101}, "标题有 101 字"),
        ({"situation": "字" * 20_001}, "请精简到 20000 字以内"),
        ({"unit": "字" * 201}, "单位超过 200 字"),
        ({"key": ""}, "本页已过期"),
    ],
)
def test_a_fault_comes_back_with_its_sentence_and_everything_typed(client, send, stored, changes, sentence):
    answer = send(**changes)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "更换线路。" in answer.text
    assert stored() == 0


def test_what_was_typed_is_escaped(send):
    page = send(title="", author='"><script>alert(1)</script>').text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(("matter", "channel"), [("petition", "信访部门"), ("personnel", "12380")])
def test_a_matter_of_another_channel_is_named_and_not_stored(send, stored, matter, channel):
    answer = send(matter=matter)
    assert answer.status_code == 422
    assert "本事项请走以下渠道" in answer.text
    assert channel in answer.text
    assert stored() == 0


def test_a_marked_text_is_refused_and_nothing_of_it_sent_back(client, send, stored):
    answer = send(title="绝密★ 通知", situation="不该出现的话")
    assert answer.status_code == 422
    assert NOTICE in answer.text
    assert "不该出现的话" not in answer.text
    assert stored() == 0


def test_an_enclosed_file_is_read_into_the_text(client, message_of):
    typed = {**TYPED, "key": _key(client.get("/").text)}
    answer = client.post("/submissions", data=typed, files={"files": ("附.txt", "补充一段。".encode())})
    message = message_of(answer.headers["location"].split("/")[-1].partition("?")[0])
    assert message.text.endswith("附件《附.txt》：\n补充一段。")


def test_a_picture_as_file_is_refused_on_the_page(client):
    typed = {**TYPED, "key": _key(client.get("/").text)}
    answer = client.post("/submissions", data=typed, files={"files": ("照片.jpg", b"\xff\xd8\xff")})
    assert answer.status_code == 422
    assert "照片.jpg" in answer.text
    assert "东桥的灯坏了三天。" in answer.text


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}])
def test_a_form_sent_by_another_site_is_not_taken(send, stored, headers):
    answer = send(headers=headers)
    assert answer.status_code == 403
    assert "别的网站" in answer.text
    assert stored() == 0


def test_a_receipt_is_found_however_it_is_written(client, send):
    receipt = send().headers["location"].split("/")[-1].partition("?")[0]
    written = f" {receipt[:4].lower()}-{receipt[4:8]} {receipt[8:]}"
    answer = client.get("/submissions", params={"receipt": written})
    assert answer.headers["location"] == f"/submissions/{receipt}"
    assert "办理情况" in client.get(f"/submissions/{receipt}").text
    assert "回执号" in client.get("/submissions").text


def test_an_unknown_receipt_and_page_are_said_in_chinese(client):
    assert "没有回执号" in client.get("/submissions/ABC").text
    answer = client.get("/nothing")
    assert answer.status_code == 404
    assert "没有这个页面" in answer.text

"""The API: receipts that hold, and every refusal in Chinese with field, what and fix."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from pipeline.identity import item_id
from pipeline.records.names import State
from pipeline.text.secrecy import NOTICE
from pipeline.web.app import create_app
from pipeline.web.guards import Bodies, Rate
from pipeline.wiring import open_system

GOOD = {"title": "桥灯不亮", "text": "东桥的灯坏了三天。", "author": "张三", "phone": "13800001111"}
ENGLISH = re.compile(r"[A-Za-z]{4,} [A-Za-z]{2,}")


def _post(client, body=None, **more):
    return client.post("/api/submissions", json=GOOD if body is None else body, **more)


def _refused(answer, status: int, field: str | None = None) -> dict:
    assert answer.status_code == status
    body = answer.json()
    assert set(body) - {"more"} == {"field", "what", "fix"}
    assert not ENGLISH.search(f"{body['what']}{body['fix']}")
    assert body["what"]
    if field is not None:
        assert body["field"] == field
    return body


def test_a_submission_gets_receipt_id_and_status_url(client, message_of):
    answer = _post(client)
    assert answer.status_code == 201
    body = answer.json()
    assert body == {
        "receipt": body["receipt"],
        "id": item_id("api", body["receipt"]),
        "status_url": f"/api/submissions/{body['receipt']}",
    }
    assert message_of(body["receipt"]).phone == "13800001111"


def test_a_receipt_shows_plain_status_and_no_contact(client):
    receipt = _post(client).json()["receipt"]
    answer = client.get(f"/api/submissions/{receipt.lower()}")
    assert answer.json() == {
        "receipt": receipt,
        "state": "已收到",
        "received_at": "2026-11-23T09:00:00+08:00",
        "title": "桥灯不亮",
    }
    assert "13800001111" not in answer.text
    assert "张三" not in answer.text


def test_an_unknown_receipt_is_not_found_with_a_sentence(client):
    assert "没有回执号" in _refused(client.get("/api/submissions/ABCDEFGHJKMN"), 404)["what"]


def test_a_withdrawn_and_a_purged_submission_say_so(client, opened):
    first, second = (_post(client).json()["receipt"] for _ in range(2))
    with opened[-1].store.writing() as session:
        session.arrivals.set_status(first, "withdrawn")
        session.arrivals.set_status(second, "purged")
    assert client.get(f"/api/submissions/{first}").json()["state"] == "已撤稿"
    gone = client.get(f"/api/submissions/{second}").json()
    assert (gone["state"], gone["title"]) == ("已清除", None)


def test_the_same_key_gives_the_same_answer(client, stored):
    answers = [_post(client, headers={"Idempotency-Key": "abc"}).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert stored() >= 1
    receipts = {_post(client, headers={"Idempotency-Key": "abc"}).json()["receipt"] for _ in range(5)}
    assert receipts == {answers[0]["receipt"]}


def test_the_same_key_with_another_body_is_refused(client):
    _post(client, headers={"Idempotency-Key": "abc"})
    again = _post(client, {**GOOD, "text": "改了"}, headers={"Idempotency-Key": "abc"})
    _refused(again, 422, "Idempotency-Key")


@pytest.mark.parametrize("key", [" ", "k" * 201])
def test_a_bad_key_is_refused(client, key):
    _refused(_post(client, headers={"Idempotency-Key": key}), 422, "Idempotency-Key")


@pytest.mark.parametrize(
    ("body", "field", "what"),
    [
        ({}, "text", "正文是空的"),
        ({"text": "  "}, "text", "正文是空的"),
        ({"text": 3}, "text", "应是文字"),
        ({"text": "字" * 20_001}, "text", "超过 20000 字"),
        ({"text": "文", "title": "字" * 101}, "title", "超过 100 字"),
        ({"text": "文", "titel": "x"}, "titel", "没有这一项"),
        ({"text": "文", "urgent": "也许"}, "urgent", "应是 true 或 false"),
        ({"text": "文", "consent": "yes"}, "consent", "应是 JSON 对象"),
        ({"text": "文", "consent": {"named": "x"}}, "consent.named", "应是 true 或 false"),
        ({"text": "文", "declared": {"a": 1}}, "declared.a", "应是文字"),
        ({"text": "文", "published_at": "改天"}, "published_at", "不是看得懂的时间"),
        ({"text": "文", "matter": "其他"}, "matter", "matter"),
        ([], None, "应是 JSON 对象"),
    ],
)
def test_every_bad_field_is_named_with_fault_and_remedy(client, stored, body, field, what):
    found = _refused(_post(client, body), 422)
    assert found["field"] == field
    assert what in found["what"]
    assert found["fix"]
    assert stored() == 0


def test_several_faults_come_together(client):
    found = _refused(_post(client, {"text": 1, "title": 2, "phone": []}), 422)
    assert [found["field"], *(one["field"] for one in found["more"])] == ["title", "text", "phone"]


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"", b'{"text": "\\ud800"}'])
def test_a_torn_body_is_refused(client, body):
    answer = client.post("/api/submissions", content=body, headers={"content-type": "application/json"})
    _refused(answer, 422)


def test_nul_in_a_text_does_not_reach_the_store(client, message_of):
    receipt = _post(client, {"text": "前\u0000后"}).json()["receipt"]
    assert message_of(receipt).text == "前后"


@pytest.mark.parametrize(
    ("matter", "channel"), [("petition", "信访"), ("lawsuit", "12368"), ("举报", "12388"), ("personnel", "12380")]
)
def test_a_matter_of_another_channel_is_named_and_not_stored(client, stored, matter, channel):
    found = _refused(_post(client, {**GOOD, "matter": matter}), 422, "matter")
    assert channel in found["fix"]
    assert stored() == 0


def test_a_mark_of_secrecy_is_refused_with_the_offices_sentence(client, stored):
    found = _refused(_post(client, {"title": "通知", "text": "机密★5年\n内容"}), 422, "text")
    assert found["what"] == NOTICE
    assert stored() == 0


def test_consent_declarations_and_time_are_kept_as_given(client, message_of):
    more = {"consent": {"named": True}, "declared": {"公开发表过": "否"}, "published_at": "2026-11-20", "urgent": True}
    message = message_of(_post(client, {**GOOD, **more}).json()["receipt"])
    assert (message.consent.named, message.consent.passed_on, message.consent.published) == (True, False, False)
    assert message.declared == {"公开发表过": "否"}
    assert message.published_at == "2026-11-19T16:00:00.000000Z"
    assert message.urgent


# ---------------------------------------------------------------- files


def _upload(client, name: str, content: bytes, **fields: str):
    return client.post("/api/submissions", data=fields, files={"files": (name, content)})


def test_an_enclosed_file_is_read_before_the_receipt(client, message_of):
    text = "关于烘干的建议\n反映人：李四\n全县烘干能力不足。"
    receipt = _upload(client, "稿.txt", text.encode()).json()["receipt"]
    message = message_of(receipt)
    assert (message.title, message.author, message.text) == ("关于烘干的建议", "李四", "全县烘干能力不足。")


def test_typed_fields_win_and_the_files_text_follows(client, message_of):
    answer = _upload(
        client, "稿.txt", "另一题\n另一段。".encode(), title="桥灯", text="灯坏了。", **{"consent.named": "true"}
    )
    message = message_of(answer.json()["receipt"])
    assert message.title == "桥灯"
    assert message.text == "灯坏了。\n\n附件《稿.txt》：\n另一题\n另一段。"
    assert message.consent.named


def test_a_mark_of_secrecy_in_a_file_is_refused(client, stored):
    assert _refused(_upload(client, "稿.txt", "机密★5年".encode()), 422)["what"] == NOTICE
    assert _refused(_upload(client, "稿.txt", "题\n文".encode(), text="绝密★\n文"), 422)["what"] == NOTICE
    assert stored() == 0


def test_a_file_of_a_kind_that_is_not_read_is_415(client):
    found = _refused(_upload(client, "照片.jpg", b"\xff\xd8\xff", text="文"), 415, "files")
    assert "照片.jpg" in found["what"]


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("稿.docx", b"\xff\xd8\xff\xe0", "其实是一张图片"),
        ("稿.pdf", b"%PDF-1.7", "已损坏"),
        ("稿.txt", b"", "空的"),
    ],
)
def test_a_file_that_cannot_be_read_is_422_with_its_name(client, stored, name, content, what):
    found = _refused(_upload(client, name, content, text="文"), 422, "files")
    assert name in found["what"]
    assert what in found["what"]
    assert stored() == 0


def test_too_many_files_are_refused(client):
    files = [("files", (f"{number}.txt", b"x")) for number in range(6)]
    found = _refused(client.post("/api/submissions", files=files), 422, "files")
    assert "最多 5 个" in found["fix"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", ""])
def test_another_type_of_body_is_415(client, kind):
    answer = client.post("/api/submissions", content=b"x", headers={"content-type": kind})
    assert "类型" in _refused(answer, 415)["what"]


# ---------------------------------------------------------------- guards


@pytest.fixture
def guarded(settings, clock):
    now = [0.0]
    app = create_app(
        lambda: open_system(settings, clock=clock),
        rate=Rate(burst=3, seconds=10, clock=lambda: now[0]),
        bodies=Bodies(json=1000, form=2000),
    )
    with TestClient(app, client=("10.0.0.1", 5000)) as found:
        yield found, now


def test_a_body_over_the_limit_is_413_announced_or_not(guarded):
    client, _ = guarded
    assert "超过" in _refused(_post(client, {"text": "字" * 1000}), 413)["what"]
    pieces = (b"x" * 600 for _ in range(3))
    answer = client.post("/api/submissions", content=pieces, headers={"content-type": "application/json"})
    _refused(answer, 413)


def test_an_address_that_posts_too_often_waits(guarded):
    client, now = guarded
    assert [_post(client).status_code for _ in range(3)] == [201] * 3
    answer = _post(client)
    assert "过于频繁" in _refused(answer, 429)["what"]
    assert answer.headers["retry-after"] == "11"
    now[0] += 10.5
    assert _post(client).status_code == 201


def test_only_submissions_are_counted(guarded):
    client, _ = guarded
    assert {client.post("/elsewhere").status_code for _ in range(5)} == {404}
    assert _post(client).status_code == 201


def test_every_answer_carries_the_security_headers(client):
    for answer in (
        client.get("/"),
        client.get("/api/submissions/X"),
        client.get("/static/site.css"),
        client.get("/no"),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "http" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/api/nothing", 404), ("DELETE", "/api/submissions", 405)]
)
def test_what_is_not_there_is_said_in_chinese(client, method, path, status):
    _refused(client.request(method, path), status)


def test_the_description_is_served_and_needs_no_outside_host(client):
    found = client.get("/api/openapi.json").json()
    post = found["paths"]["/api/submissions"]["post"]
    assert set(post["responses"]) == {"201", "413", "415", "422", "429", "503"}
    assert "title" in post["requestBody"]["content"]["application/json"]["schema"]["properties"]
    consent = post["requestBody"]["content"]["application/json"]["schema"]["properties"]["consent"]
    assert set(consent["properties"]) == {"named", "passed_on", "published"}
    assert "$ref" not in str(found)
    assert "HTTPValidationError" not in str(found)
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404


def test_a_store_that_is_away_is_503_and_nothing_is_acknowledged(client, monkeypatch, stored):
    from pipeline.errors import Transient
    from pipeline.intake.group import GroupWriter

    def away(_self, _arrivals):
        raise Transient("来稿库正被占用")

    monkeypatch.setattr(GroupWriter, "_committed_rows", away)
    answer = _post(client)
    assert "没有收存" in _refused(answer, 503)["what"]
    assert answer.headers["retry-after"]
    assert stored() == 0


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.SUBMITTED, "已收到，待初审"),
        (State.ACCEPTED, "处理中"),
        (State.SENT_BACK, "已退回，请补充"),
        (State.DECLINED, "未采用（存查）"),
        (State.ISSUED, "已编发"),
        (State.STOPPED, "处理中"),
    ],
)
def test_every_state_has_plain_words_for_the_receipts_holder(state, words):
    from pipeline.ports.arrivals import SubmissionRow
    from pipeline.web.status import _status

    row = SubmissionRow("ABC", "i", "received", "2026-11-23T01:00:00.000000Z", None)
    assert _status(row, state).state == words

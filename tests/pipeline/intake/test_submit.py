"""submit: checks before the receipt, ids of CONTRACT, one answer a key."""

from __future__ import annotations

import random
import threading

import pytest

from pipeline.identity import digest, item_id
from pipeline.intake.drafts import Draft
from pipeline.intake.matters import MATTERS
from pipeline.intake.submit import FILE, Receipt, Refusal, belongs_elsewhere, submit
from pipeline.records.messages import Consent, decode
from pipeline.text.secrecy import NOTICE

GOOD = Draft(title="桥灯", text="东桥的灯坏了。", author="张三", phone="13800001111")


@pytest.fixture
def send(system):
    def sent(*drafts: Draft, channel="api", **more):
        return submit(
            system.store, system.files, drafts, channel=channel, clock=system.clock, receipts=system.receipts, **more
        )

    return sent


def _waiting(system):
    with system.store.reading() as session:
        return session.arrivals.waiting(100)


def test_rule_1_submission_receipt_and_outbox_row_stand_in_the_store_before_the_answer(system, send):
    (receipt,) = send(GOOD)
    assert isinstance(receipt, Receipt)
    assert receipt.received_at == "2026-11-23T01:00:00.000000Z"
    with system.store.reading() as session:
        row = session.arrivals.by_receipt([receipt.receipt])[receipt.receipt]
    assert row.message is not None
    assert row.message.phone == "13800001111"
    (waiting,) = _waiting(system)
    message = decode(waiting.value)
    assert waiting.key == receipt.item == item_id("api", receipt.receipt)
    assert (message.message_id, message.receipt) == (f"o-{receipt.receipt}", receipt.receipt)


def test_consent_is_no_unless_given(system, send):
    (receipt,) = send(GOOD)
    with system.store.reading() as session:
        row = session.arrivals.by_receipt([receipt.receipt])[receipt.receipt]
    assert row.message is not None
    assert row.message.consent == Consent(named=False, passed_on=False, published=False)


def test_a_mark_of_secrecy_is_refused_before_the_receipt_and_nothing_is_kept(system, send):
    for draft in (
        Draft(title="机密★5年", text="内容"),
        Draft(text="机密★5年\n内容"),
        Draft(text="内容", margins=("秘密★1年",)),
    ):
        (refusal,) = send(draft)
        assert isinstance(refusal, Refusal)
        assert refusal.what == refusal.sentence == NOTICE
    assert _waiting(system) == []


def test_the_words_of_secrecy_alone_are_taken(send):
    (receipt,) = send(Draft(text="企业反映商业秘密保护不够，建议完善制度。"))
    assert isinstance(receipt, Receipt)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft(text=" "), "text"),
        (Draft(text="字" * 20_001), "text"),
        (Draft(text="文", title="字" * 101), "title"),
        (Draft(text="文", phone="1" * 201), "phone"),
        (Draft(text="文", url="h" * 2001), "url"),
    ],
)
def test_a_refusal_names_field_fault_and_remedy(system, send, draft, field):
    refusal, receipt = send(draft, GOOD)
    assert isinstance(refusal, Refusal)
    assert refusal.field == field
    assert refusal.fix
    assert isinstance(receipt, Receipt)
    assert len(_waiting(system)) == 1


@pytest.mark.parametrize("matter", list(MATTERS))
def test_a_matter_of_another_channel_is_refused_with_that_channel(matter):
    refusal = belongs_elsewhere(matter)
    assert refusal is not None
    assert refusal.field == "matter"
    assert refusal.fix == MATTERS[matter].channel
    assert belongs_elsewhere("none") is None


def test_an_imported_rows_origin_is_its_id_else_its_url_else_its_content(send):
    named, linked, bare, again = send(
        Draft(text="一", id="7", url="https://a.cn/1"),
        Draft(text="二", url="https://a.cn/2"),
        Draft(text="三", title="题"),
        Draft(text="三", title="题"),
        channel="import",
        source="来稿",
        bounds=FILE,
    )
    assert named.item == item_id("来稿", "7")
    assert linked.item == item_id("来稿", "https://a.cn/2")
    assert bare.item == item_id("来稿", digest("题", "三", "", "")) == again.item
    assert bare.receipt != again.receipt


def test_a_text_too_large_for_a_message_goes_to_files_first(system, send):
    text = "长" * 300_000
    (receipt,) = send(Draft(text=text), channel="import", source="s", bounds=FILE)
    message = decode(_waiting(system)[0].value)
    assert message.text == ""
    assert message.receipt == receipt.receipt
    assert system.files.get(message.text_file).decode() == text


def test_the_same_key_gives_the_same_answer_and_writes_once(system, send):
    (first,) = send(GOOD, keys=["k"])
    system.clock.forward(seconds=60)
    (second,) = send(GOOD, keys=["k"])
    assert (second.receipt, second.item, second.received_at) == (first.receipt, first.item, first.received_at)
    assert second.repeated
    assert len(_waiting(system)) == 1


def test_the_same_key_with_another_content_is_refused(system, send):
    send(GOOD, keys=["k"])
    (refusal,) = send(Draft(text="另一件"), keys=["k"])
    assert isinstance(refusal, Refusal)
    assert refusal.field == "Idempotency-Key"
    assert len(_waiting(system)) == 1


def test_one_key_on_two_channels_is_two_submissions(send):
    (api,) = send(GOOD, keys=["k"])
    (web,) = send(GOOD, keys=["k"], channel="web")
    assert api.receipt != web.receipt


def test_a_hundred_random_races_of_one_key_give_one_receipt_each(system, send):
    chance = random.Random(20261123)
    calls = [f"key-{number}" for number in range(100) for _ in range(chance.randint(2, 4))]
    chance.shuffle(calls)
    found: dict[str, set[str]] = {key: set() for key in calls}
    entrance = threading.Lock()

    def work() -> None:
        while True:
            with entrance:
                if not calls:
                    return
                key = calls.pop()
            (answer,) = send(Draft(text=f"内容 {key}"), keys=[key])
            found[key].add(answer.receipt)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(receipts) == 1 for receipts in found.values())
    assert len(_waiting(system)) == 100

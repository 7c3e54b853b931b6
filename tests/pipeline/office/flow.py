"""The way of a bulletin, as far as a test wants it."""

from __future__ import annotations

from pipeline.office import drafting, issuing, signing

BY, HEAD, LEADER = "陈编", "林科", "赵秘书长"


def to_sign(office, *ids, series=None, **draft):
    done = drafting.draft(office, ids, by=BY, series=series, **draft)
    key = done.bulletin.id
    drafting.submit(office, key, by=BY)
    signing.approve(office, key, by=HEAD)
    return key


def signed(office, *ids, **draft):
    key = to_sign(office, *ids, **draft)
    signing.sign(office, key, by=LEADER)
    return key


def issued(office, *ids, **draft):
    key = signed(office, *ids, **draft)
    issuing.issue(office, key, by=BY)
    return key


def state_of(office, item):
    with office.store.reading() as session:
        return str(session.items.by_ids([item])[item].state)

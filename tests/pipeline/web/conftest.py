"""The app on a home of its own."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

with warnings.catch_warnings():
    # Starlette asks for a successor of httpx that is not among our dependencies.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

from pipeline.web.app import create_app
from pipeline.wiring import System, open_system
from tests.pipeline.web.deskhand import Hand


@pytest.fixture
def opened(settings, clock) -> list[System]:
    """The systems that the app opened."""
    return []


@pytest.fixture
def client(settings, clock, opened) -> Iterator[TestClient]:
    def factory() -> System:
        opened.append(open_system(settings, clock=clock))
        return opened[-1]

    with TestClient(create_app(factory), client=("127.0.0.1", 5000), follow_redirects=False) as found:
        yield found


@pytest.fixture
def stored(client, opened):
    """How many submissions the store has ever taken."""

    def count() -> int:
        with opened[-1].store.reading() as session:
            return session.arrivals.outbox()[0]

    return count


@pytest.fixture
def message_of(client, opened):
    def found(receipt: str):
        with opened[-1].store.reading() as session:
            return session.arrivals.by_receipt([receipt])[receipt].message

    return found


@pytest.fixture
def system(client, opened) -> System:
    """The app's, at the desk's own machine."""
    client.base_url = "http://127.0.0.1"
    return opened[-1]


@pytest.fixture
def hand(client, system) -> Hand:
    return Hand(client)

"""What a URL and its properties file give the client, and what is never shown. No broker is needed."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, errors
from kafka.errors import KafkaError, KafkaTimeoutError

from pipeline.adapters.bus_kafka import KafkaBus
from pipeline.adapters.kafka_client import client_settings, meaning, opened
from pipeline.adapters.kafka_sender import Sender
from pipeline.errors import Broken, Transient, UsageError
from pipeline.settings import Address, load

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
SECRET = "南岭-secret"
LOGIN = f"""# the office's cluster
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.username=minyi
sasl.password={SECRET}
ssl.cafile=/etc/minyi/ca.pem
"""


@pytest.fixture(autouse=True)
def unreached() -> Iterator[None]:
    """kafka-python leaves the socket of a connection that was refused to the garbage collector: here and now."""
    yield
    gc.collect()


def address(tmp_path: Path, lines: str, hosts: str = "one:9093,two") -> Address:
    file = tmp_path / "kafka.properties"
    file.write_text(lines, encoding="utf-8")
    return load({"MINYI_BUS": f"kafka://{hosts}?properties={file}"}).bus


def test_names_of_the_properties_file_reach_the_client(tmp_path: Path) -> None:
    found = client_settings(address(tmp_path, LOGIN))
    assert found["bootstrap_servers"] == ["one:9093", "two:9092"]
    assert found["security_protocol"] == "SASL_SSL"
    assert found["sasl_mechanism"] == "SCRAM-SHA-512"
    assert found["sasl_plain_username"] == "minyi"
    assert found["sasl_plain_password"] == SECRET
    assert found["ssl_cafile"] == "/etc/minyi/ca.pem"


@pytest.mark.parametrize("kind", [KafkaAdminClient, KafkaConsumer, KafkaProducer])
def test_each_kind_of_client_takes_every_name(tmp_path: Path, kind: type) -> None:
    names = set(client_settings(address(tmp_path, LOGIN))) | {"ssl_certfile", "ssl_keyfile", "ssl_password"}
    assert names | {"ssl_crlfile"} <= set(kind.DEFAULT_CONFIG)


def test_a_login_in_the_url_is_decoded(tmp_path: Path) -> None:
    found = client_settings(load({"MINYI_BUS": "kafka://min%40yi:p%3Aw@one"}).bus)
    assert (found["sasl_plain_username"], found["sasl_plain_password"]) == ("min@yi", "p:w")
    assert found["bootstrap_servers"] == ["one:9092"]


def test_a_name_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"sasl\.passwort") as caught:
        KafkaBus(address(tmp_path, f"sasl.passwort={SECRET}\n"))
    assert "可写的有：" in str(caught.value)
    assert "sasl.password" in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("error", [errors.SaslAuthenticationFailedError, errors.TopicAuthorizationFailedError])
def test_a_refused_login_is_no_outage(tmp_path: Path, error: type[KafkaError]) -> None:
    found = meaning(error(SECRET), address(tmp_path, LOGIN))
    assert isinstance(found, Broken)
    assert "核对用户" in str(found)
    assert SECRET not in str(found)


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    one = address(tmp_path, LOGIN, hosts=f"minyi:{SECRET}@127.0.0.1:1")
    bus = KafkaBus(one)
    shown = [repr(one), repr(bus), str(meaning(errors.KafkaTimeoutError(SECRET), one)), one.masked]
    assert not [words for words in shown if SECRET in words]
    assert "sasl.password" in repr(one)
    bus.close()


def test_doctors_line_without_a_broker_shows_no_secret(tmp_path: Path) -> None:
    lines = LOGIN.replace("SASL_SSL", "SASL_PLAINTEXT").replace(
        "ssl.cafile=/etc/minyi/ca.pem", "request.timeout.ms=200"
    )
    bus = KafkaBus(address(tmp_path, lines, hosts=f"minyi:{SECRET}@127.0.0.1:1"))
    (line,) = bus.check()
    assert not line.ok
    assert line.fix
    assert SECRET not in f"{line.what}{line.fix}"
    bus.close()


@pytest.mark.parametrize("line", ["request.timeout.ms=bald", "request.timeout.ms=0"])
def test_a_number_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(UsageError, match="请写成大于零的整数"):
        KafkaBus(address(tmp_path, line))


def test_a_client_that_finds_no_broker_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    for kind in (KafkaAdminClient, KafkaConsumer, KafkaProducer):
        with pytest.raises(KafkaError):
            opened(kind, bootstrap_servers=["127.0.0.1:1"], bootstrap_timeout_ms=200)
    assert set(threading.enumerate()) == before


def test_tls_is_spoken_where_it_is_asked_for(tmp_path: Path) -> None:
    """A listener that takes what arrives: the first byte of a TLS hello."""
    first: list[bytes] = []

    def listen() -> None:
        with listener:
            taken, _ = listener.accept()
        with taken:
            first.append(taken.recv(1))

    listener = socket.create_server(("127.0.0.1", 0))
    hosts = f"127.0.0.1:{listener.getsockname()[1]}"
    thread = threading.Thread(target=listen)
    thread.start()
    settings = client_settings(address(tmp_path, "security.protocol=SSL\nrequest.timeout.ms=500\n", hosts))
    with pytest.raises(KafkaError):
        opened(KafkaAdminClient, **settings)
    thread.join()
    assert first == [b"\x16"]


def test_what_is_no_outage_of_the_login_is_transient(tmp_path: Path) -> None:
    found = meaning(errors.NotEnoughReplicasError(), address(tmp_path, ""))
    assert isinstance(found, Transient)
    assert "NotEnoughReplicasError" in str(found)


class Stuck:
    """A producer that holds a batch nobody takes: it can be closed once that is given up."""

    def __init__(self) -> None:
        self._sender = self
        self.given_up = self.closed = False

    def force_close(self) -> None:
        self.given_up = True

    def close(self, timeout: float) -> None:
        if not self.given_up:
            raise KafkaTimeoutError("Timeout waiting for future")
        self.closed = timeout > 0


def test_a_producer_whose_broker_died_is_closed_and_not_left_to_the_collector() -> None:
    sender, stuck = Sender(load({"MINYI_BUS": "kafka://127.0.0.1:1"}).bus, {"request_timeout_ms": 1000}), Stuck()
    sender._producer = cast("Any", stuck)
    sender.close()
    assert stuck.closed

"""What every Kafka client of ours is given, and what kafka-python's errors mean."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from kafka import errors
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from pipeline.errors import Broken, MinyiError, Transient, UsageError
from pipeline.settings import Address

C = TypeVar("C")
LIMIT = 1_048_576  # bytes of a message with its headers, on both sides
REQUEST_MS = 10_000
PORT = 9092
# A properties file says them as Kafka's own clients do (https://kafka.apache.org/documentation/#configuration).
NAMES = {
    "security.protocol": "security_protocol",
    "sasl.mechanism": "sasl_mechanism",
    "sasl.username": "sasl_plain_username",
    "sasl.password": "sasl_plain_password",
    "ssl.cafile": "ssl_cafile",
    "ssl.certfile": "ssl_certfile",
    "ssl.keyfile": "ssl_keyfile",
    "ssl.key.password": "ssl_password",
    "ssl.crlfile": "ssl_crlfile",
}
OURS = {"replication", "retention.days", "request.timeout.ms"}
DENIED = (
    errors.TopicAuthorizationFailedError,
    errors.GroupAuthorizationFailedError,
    errors.ClusterAuthorizationFailedError,
    errors.SaslAuthenticationFailedError,
    errors.UnsupportedSaslMechanismError,
)


def client_settings(address: Address) -> dict[str, Any]:
    """kafka-python's settings from the URL and its properties file. Raises UsageError for a name it does not know."""
    unknown = sorted(address.properties.keys() - NAMES.keys() - OURS)
    if unknown:
        known = "、".join(sorted([*NAMES, *OURS]))
        raise UsageError(f"MINYI_BUS 的属性文件里有不认识的“{unknown[0]}”", fix=f"可写的有：{known}")
    patience = whole(address, "request.timeout.ms", REQUEST_MS)
    parts = urlsplit(address.url)
    hosts = parts.netloc.rpartition("@")[2].split(",")
    login = (
        {"sasl_plain_username": unquote(parts.username), "sasl_plain_password": unquote(parts.password or "")}
        if parts.username
        else {}
    )
    return {
        "bootstrap_servers": [host if ":" in host else f"{host}:{PORT}" for host in hosts],
        "client_id": "minyi",
        "request_timeout_ms": patience,
        "reconnect_backoff_max_ms": 500,  # with the usual 30 s a client stays silent after a broker's restart
        "bootstrap_timeout_ms": patience,
        "metadata_max_age_ms": 60_000,
        **login,
        **{NAMES[name]: value for name, value in address.properties.items() if name in NAMES},
    }


def whole(address: Address, name: str, default: int) -> int:
    """A number of the properties file. Raises UsageError for what is none."""
    value = address.properties.get(name, str(default))
    if not value.isdecimal() or int(value) < 1:
        raise UsageError(f"MINYI_BUS 的属性文件里 {name} 写成了“{value}”", fix="请写成大于零的整数")
    return int(value)


def opened(kind: Callable[..., C], **settings: Any) -> C:
    """A client of that kind. One that finds no broker leaves nothing behind: kafka-python by itself would keep the
    thread and the sockets of every try."""
    networks: list[KafkaNetClient] = []

    def network(**more: Any) -> KafkaNetClient:
        networks.append(KafkaNetClient(**more))
        return networks[-1]

    try:
        return kind(**settings, kafka_client=network)
    except BaseException:
        for one in networks:
            one.close()
        raise


def meaning(error: BaseException, address: Address) -> MinyiError:
    """What an error of the client's means."""
    where = address.masked
    if isinstance(error, DENIED):
        return Broken("消息服务器不认这个用户，或没有给足权限", where=where, fix="请核对用户、口令和主题的读写权限")
    if isinstance(error, errors.UnsupportedVersionError):
        return Broken("消息服务器的版本太旧", where=where, fix="请使用 Apache Kafka 4")
    return Transient(
        f"消息服务器暂时没有应答（{type(error).__name__}）",
        where=where,
        fix="请稍后再试；若一直如此，请核对 Kafka 是否在运行",
    )


@contextmanager
def translated(address: Address) -> Generator[None]:
    """Inside, an error of the client leaves as Transient or Broken."""
    try:
        yield
    except KafkaError as error:
        raise meaning(error, address) from error

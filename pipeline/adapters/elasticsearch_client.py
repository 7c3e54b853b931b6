"""The Elasticsearch client that the settings describe, and what its errors mean.

A URL has users and hosts as usual (`https://user:password@a:9200,b:9200/prefix`); its path is the prefix of every
name on the server. A properties file holds what a URL cannot, or should not.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from elastic_transport import TlsError, TransportError
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from pipeline.errors import Broken, MinyiError, RuleError, Transient, UsageError
from pipeline.settings import Address

PORT = 9200
PREFIX = "minyi"
SECONDS = 10  # of a question; a frozen node must not hold a reader for long
# Retries of the client: at most 0.2, 0.4, 0.8 and 1.6 s apart, by chance less. By itself it waits for nothing.
RETRIES = {"max_retries": 4, "retry_backoff_base": 0.2, "retry_backoff_cap": 2.0}
NAMES = {
    "ssl.cafile": "ca_certs",
    "ssl.certfile": "client_cert",
    "ssl.keyfile": "client_key",
    "ssl.fingerprint": "ssl_assert_fingerprint",
    "api.key": "api_key",
}
FILES = ("ssl.cafile", "ssl.certfile", "ssl.keyfile")
LOGIN = ("username", "password")
# Else each try that fails puts a traceback on the screen; what it means is said by our own error.
logging.getLogger("elastic_transport").addHandler(logging.NullHandler())
_SHUT = {"cluster_block_exception", "index_closed_exception"}
_DENIED = {401, 403}
_LATER = {408, 429}
_TOO_LONG = "too many nested clauses"
_SERVER_IS_WRONG = 500


class Outdated(Broken):
    """The index was made by an older program and lacks a field that is there now."""


def connect(address: Address) -> Elasticsearch:
    """A client; nothing is asked yet. Raises RuleError for a setting that is wrong."""
    _look_at(address.properties)
    given: dict[str, Any] = {NAMES[name]: value for name, value in address.properties.items() if name in NAMES}
    login = _login(address)
    if login and "api_key" in given:
        raise RuleError("MINYI_SEARCH 同时写了用户和 api.key", fix="请只留一种登录方式")
    try:
        return Elasticsearch(_hosts(address), basic_auth=login, request_timeout=SECONDS, **RETRIES, **given)
    except ValueError:  # a port that is none, TLS without https
        what = "MINYI_SEARCH 的写法不对"
        raise RuleError(what, where=address.masked, fix="请核对主机和端口；写了证书的，地址要用 https") from None


def _look_at(properties: Mapping[str, str]) -> None:
    unknown = sorted(properties.keys() - NAMES.keys() - set(LOGIN))
    if unknown:
        known = "、".join(sorted([*NAMES, *LOGIN]))
        raise RuleError(f"MINYI_SEARCH 的属性文件里有不认识的“{unknown[0]}”", fix=f"可写的有：{known}")
    for name in FILES:
        if name in properties and not Path(properties[name]).is_file():
            raise RuleError(f"{name} 指的文件不在", where=properties[name], fix="请核对路径和权限")


def prefix_of(address: Address) -> str:
    """The prefix of every name on the server."""
    found = urlsplit(address.url).path.strip("/") or PREFIX
    if re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,99}", found) is None:
        raise RuleError(f"索引名的前缀“{found}”不能用", where="MINYI_SEARCH", fix="请只用小写字母、数字和 - _ .")
    return found


def _hosts(address: Address) -> list[str]:
    parts = urlsplit(address.url)
    hosts = parts.netloc.rpartition("@")[2].split(",")
    return [
        f"{parts.scheme}://{host}" if re.search(r":\d+$", host) else f"{parts.scheme}://{host}:{PORT}" for host in hosts
    ]


def _login(address: Address) -> tuple[str, str] | None:
    name, password = (address.properties.get(one) for one in LOGIN)
    head, at, _ = urlsplit(address.url).netloc.rpartition("@")
    if at:
        written, _, secret = head.partition(":")
        name, password = unquote(written), unquote(secret)
    return (name, password or "") if name else None


# ---------------------------------------------------------------- errors


@contextmanager
def translated(address: Address) -> Generator[None]:
    """Inside, an error of the client leaves as Transient, Broken or UsageError."""
    try:
        yield
    except UnsupportedProductError:
        what = "这个地址上答话的不是 Elasticsearch"
        raise Broken(what, where=address.masked, fix="请核对 MINYI_SEARCH 的主机和端口") from None
    except ApiError as error:
        # Its words may quote somebody's text.
        raise refusal(error.status_code, kind_of(error), address) from None
    except TransportError as error:
        raise _unreached(error, address) from error


def kind_of(error: ApiError) -> str:
    """The innermost name that the server gives to an error."""
    found = error.body.get("error") if isinstance(error.body, dict) else None
    if not isinstance(found, dict):
        return ""
    causes = found.get("root_cause") or [found]
    if _TOO_LONG in str(causes[0].get("reason")):
        return _TOO_LONG
    return str(causes[0].get("type", ""))


def refusal(status: int, kind: str, address: Address) -> MinyiError:
    """What a status and the server's name for an error mean; of one item of many, too."""
    where = address.masked
    if kind == "index_not_found_exception":
        return Transient("这一代检索库不在或已停用", where=where, fix="如一直出现，请运行 minyi reindex 重建")
    if kind in _SHUT:
        what = "检索库现在不能写入（只读或已关闭）"
        return Transient(what, where=where, fix="请稍后再试；请核对 Elasticsearch 的磁盘余量和索引状态")
    if kind == "strict_dynamic_mapping_exception":
        return Outdated("检索库是旧版本建的，放不下现在的字段", where=where, fix="请运行 minyi reindex 重建")
    if kind == _TOO_LONG:
        return UsageError("检索的文字太长", where="text", fix="请截取其中几句再查")
    return _by_status(status, kind, where)


def _by_status(status: int, kind: str, where: str) -> MinyiError:
    if status in _DENIED:
        return Broken("检索服务器不认这个用户，或没有给足权限", where=where, fix="请核对用户、口令和索引的权限")
    said = f"{status} {kind}".strip()
    if status in _LATER or status >= _SERVER_IS_WRONG:
        return Transient(f"检索服务器暂时忙不过来（{said}）", where=where, fix="请稍后再试")
    return Broken(
        f"检索服务器不接受这样的请求（{said}）", where=where, fix="请使用 Elasticsearch 9，并运行 minyi doctor"
    )


def _unreached(error: TransportError, address: Address) -> MinyiError:
    if isinstance(error, TlsError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        fix = "请在属性文件里用 ssl.cafile 指明签发它的证书，并核对主机名"
        return Broken("检索服务器的证书通不过核验", where=address.masked, fix=fix)
    return Transient(
        f"检索服务器暂时没有应答（{type(error).__name__}）",
        where=address.masked,
        fix="请稍后再试；若一直如此，请核对 Elasticsearch 是否在运行",
    )

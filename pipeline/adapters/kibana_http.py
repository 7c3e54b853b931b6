"""Kibana over its one documented way in: `POST /api/saved_objects/_import?overwrite=true`, a file by multipart.

A URL has user and host as usual; its path is Kibana's base path, with `/s/SPACE` for a space of its own. A properties
file has what search's has (`username`, `password`, `api.key`, `ssl.cafile`, `ssl.certfile`, `ssl.keyfile`).
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError, SSLError

from pipeline.errors import Broken, RuleError, Transient
from pipeline.ports.kibana import Imported, NotImported
from pipeline.settings import Address

PORT = 5601
SECONDS = 60
IMPORT = "/api/saved_objects/_import?overwrite=true"
FILES = {"ssl.cafile": "ca_certs", "ssl.certfile": "cert_file", "ssl.keyfile": "key_file"}
LOGIN = ("username", "password", "api.key")
WHY = {
    "conflict": "已有同名的对象，没有覆盖",
    "ambiguous_conflict": "已有几个同名的对象",
    "unsupported_type": "这个版本的 Kibana 不认这种对象",
    "missing_references": "它引用的对象不在",
}
_OK, _DENIED, _LATER, _SERVER_IS_WRONG, _MOVED = 200, {401, 403}, {408, 429}, 500, range(300, 400)


class HttpKibana:
    """A Kibana at an address."""

    def __init__(self, address: Address) -> None:
        self._address = address
        _look_at(address.properties)
        given: dict[str, Any] = {
            name: address.properties[key] for key, name in FILES.items() if key in address.properties
        }
        self._pool = urllib3.PoolManager(timeout=SECONDS, retries=False, **given)

    def take(self, objects: bytes) -> Imported:
        """See the port. What is there under the same ids is overwritten."""
        body, kind = urllib3.encode_multipart_formdata({"file": ("minyi.ndjson", objects, "application/ndjson")})
        headers = {"Content-Type": kind, "kbn-xsrf": "minyi", "Accept": "application/json", **_login(self._address)}
        try:
            answer = self._pool.request(
                "POST", _base(self._address) + IMPORT, body=body, headers=headers, redirect=False
            )
        except (HTTPError, OSError) as error:
            raise _unreached(error, self._address) from None
        if answer.status != _OK:
            raise _refusal(answer.status, self._address)
        return _imported(answer.data, self._address)

    def close(self) -> None:
        """See the port."""
        self._pool.clear()


def _look_at(properties: Mapping[str, str]) -> None:
    known = sorted([*FILES, *LOGIN])
    if unknown := sorted(properties.keys() - set(known)):
        raise RuleError(f"MINYI_KIBANA 的属性文件里有不认识的“{unknown[0]}”", fix=f"可写的有：{'、'.join(known)}")
    for name in FILES:
        if name in properties and not Path(properties[name]).is_file():
            raise RuleError(f"{name} 指的文件不在", where=properties[name], fix="请核对路径和权限")


def _base(address: Address) -> str:
    parts = urlsplit(address.url)
    host = parts.netloc.rpartition("@")[2]
    host = host if parts.port else f"{host.rstrip(':')}:{PORT}"
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"


def _login(address: Address) -> dict[str, str]:
    properties, parts = address.properties, urlsplit(address.url)
    if "api.key" in properties:
        return {"Authorization": f"ApiKey {properties['api.key']}"}
    name, password = properties.get("username"), properties.get("password", "")
    if parts.username:
        name, password = unquote(parts.username), unquote(parts.password or "")
    if not name:
        return {}
    # By hand: urllib3 knows no password beyond Latin-1.
    return {"Authorization": f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"}


# ---------------------------------------------------------------- answers


def _imported(body: bytes, address: Address) -> Imported:
    try:
        said = json.loads(body)
        return Imported(int(said["successCount"]), tuple(_failure(one) for one in said.get("errors", ())))
    except (ValueError, KeyError, TypeError, AttributeError):
        fix = "请核对 MINYI_KIBANA 的主机、端口和路径"
        raise Broken("这个地址上答话的不是 Kibana", where=address.masked, fix=fix) from None


def _failure(one: Mapping[str, Any]) -> NotImported:
    error = one.get("error", {})
    why = WHY.get(error.get("type", ""), "") or f"{error.get('message') or error.get('type') or '没有说明原因'}"
    if missing := error.get("references"):
        why = f"{why}：{'、'.join(each['id'] for each in missing)}"
    title = one.get("meta", {}).get("title") or one.get("title") or ""
    return NotImported(one["type"], one["id"], title, why)


def _refusal(status: int, address: Address) -> Broken | Transient:
    where = address.masked
    if status in _DENIED:
        fix = "请核对用户、口令；该用户须有“已保存对象管理”的全部权限"
        return Broken(f"Kibana 不认这个用户，或没有给足权限（{status}）", where=where, fix=fix)
    if status in _LATER or status >= _SERVER_IS_WRONG:
        return Transient(f"Kibana 暂时忙不过来（{status}）", where=where, fix="请稍候再试，或查看 Kibana 的日志")
    if status in _MOVED:
        fix = "请写 Kibana 自己的地址，含它的基本路径（server.basePath）"
        return Broken("这个地址转到了别处，可能要先登录，或路径不对", where=where, fix=fix)
    fix = "请核对地址和路径，并使用 Kibana 8 或 9"
    return Broken(f"Kibana 不接受这样的请求（{status}）", where=where, fix=fix)


def _unreached(error: Exception, address: Address) -> Broken | Transient | RuleError:
    if isinstance(error, LocationParseError):
        return RuleError("MINYI_KIBANA 的写法不对", where=address.masked, fix="请核对主机和端口")
    if isinstance(error, SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        fix = "请在属性文件里用 ssl.cafile 指明签发它的证书，并核对主机名"
        return Broken("Kibana 的证书通不过核验", where=address.masked, fix=fix)
    fix = "请核对地址，以及 Kibana 是否在运行"
    return Transient(f"Kibana 没有应答（{type(error).__name__}）", where=address.masked, fix=fix)

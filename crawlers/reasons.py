"""Why a page was not fetched: an exception or a status → a sentence for the report, and what follows from it."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import aiohttp
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

SERVER_ERROR = 500
GONE = frozenset({404, 410})
FORBIDDEN = frozenset({401, 403, 429, 451})
STATUSES = {
    401: "网站要求登录（401），不采集",
    403: "网站拒绝访问（403）",
    404: "网页不存在（404）",
    410: "网页已删除（410）",
    429: "网站说请求太频繁（429）",
    451: "网页依法不提供（451），不采集",
}


@dataclass(frozen=True, slots=True)
class Why:
    """One reason. `noted`: the link is settled by it: a retry is noted, or (`forbidden`) nothing is to be done."""

    sentence: str
    forbidden: bool = False
    noted: bool = True
    gone: bool = False


class NotFetched(IgnoreRequest):
    """Raised in the downloader's chain instead of asking."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.sentence)
        self.why = why


STOPPED = Why("采集中途停止，下次继续", noted=False)
ELSEWHERE = Why("网站正由另一次采集访问，本轮不再访问，其余下次继续", noted=False)
ROBOTS_FORBID = Why("robots.txt 不许采集", forbidden=True)
BROKEN_PACKING = Why("网页的压缩内容已损坏")


def of_status(status: int) -> Why:
    """The reason a status gives."""
    sentence = STATUSES.get(status) or (
        f"网站出错（{status}）" if status >= SERVER_ERROR else f"网站没有给出网页（{status}）"
    )
    return Why(sentence, forbidden=status in FORBIDDEN, gone=status in GONE)


def of_error(error: BaseException | None) -> Why:
    """The reason an exception of the downloader's chain gives."""
    if isinstance(error, NotFetched):
        return error.why
    if tls := next((one for one in _chain(error) if isinstance(one, aiohttp.ClientSSLError | ssl.SSLError)), None):
        return Why(_tls(tls))
    return next((Why(sentence) for kind, sentence in _KINDS if isinstance(error, kind)), _unknown(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _tls(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.CertificateError):
        return "网站的 HTTPS 证书无效，请告知网站或核对网址"
    return "与网站的 HTTPS 连接建立不了，请核对网址是否应为 http://"


_KINDS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (CannotResolveHostError, "域名解析不了，请核对网址和本机网络"),
    (DownloadConnectionRefusedError, "连接不上网站（被拒绝或不通），请核对网址和本机网络"),
    (DownloadTimeoutError, "网站太久没有答复"),
    (DownloadCancelledError, "网页太大，超过一页的上限，没有采集；确需收入时请下载后用“导入”收稿"),
    (ResponseDataLossError, "网页没有传完就断了"),
    (DownloadFailedError, "与网站的连接中断"),
    ((zlib.error, EOFError, OSError), BROKEN_PACKING.sentence),
)


def _unknown(error: BaseException | None) -> Why:
    # Scrapy's own IgnoreRequests have English sentences.
    text = str(error)
    if "max redirections" in text:
        return Why("网页反复跳转")
    if "during decompression" in text:
        return Why("网页解压后太大")
    return Why(f"采集程序出错（{type(error).__name__}）", noted=False)

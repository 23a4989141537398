"""The one way to an OpenAI-compatible server: the openai SDK, bare of what we do ourselves. Teachers and embeddings hold a `Connection`.

Promises: one request per `reply` and the body of a 2xx as it came (unpacked), not read by the SDK; a deadline for the whole attempt, not
only between bytes; no redirect followed; bodies bounded; no proxy before this machine; every foreign exception translated, and the key in
none of them. What bodies mean is said in `wire`. Trying again, pacing and counting are left to those who ask.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from seedgen.ask.protocols import Reply
from seedgen.errors import TeacherError, TeacherFatal, TeacherRefused, TeacherTransient, TeacherUnreachable, UsageError
from seedgen.teachers.endpoint import MAX_BODY, Endpoint, key_blotter
from seedgen.teachers.refusals import error_for
from seedgen.teachers.request import AZURE
from seedgen.teachers.streamed import in_utf8
from seedgen.teachers.waits import allowance

if TYPE_CHECKING:
    from openai import AsyncOpenAI, Omit, RequestOptions

    from seedgen.teachers._http import HttpClient, Response

OPENAI = "https://api.openai.com/v1"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
NO_KEY = "none"  # the SDK insists on a key; most servers of one's own do not, and are sent none: see _dress


class Connection:
    """One server, where `endpoint` says. Each attempt may take `timeout` seconds in all."""

    def __init__(self, endpoint: Endpoint, timeout: float, headers: Mapping[str, str] | None = None, api_version: str = "") -> None:
        """`headers` go with every request; what they hold is blotted out of answers, as the key is. `api_version` is as Azure has it."""
        self.endpoint, self.timeout = endpoint, timeout
        self.headers, self.api_version = dict(headers or {}), api_version
        self._blots = [key_blotter(secret) for secret in (endpoint.key, *self.headers.values()) if secret]
        self._client: AsyncOpenAI | None = None
        self.heard = False

    @property
    def client(self) -> AsyncOpenAI:
        """The SDK's client, made at first use: bare of its own retries and timeouts. Raises `TeacherFatal`: see `_http`."""
        if self._client is None:
            from openai import AsyncOpenAI

            key, url = self.endpoint.key or NO_KEY, self.endpoint.base_url
            query = {"api-version": self.api_version} if self.api_version else {}
            self._client = AsyncOpenAI(
                api_key=key, base_url=url, max_retries=0, timeout=None, default_query=query, http_client=self._http()
            )
        return self._client

    async def open(self) -> None:
        """Import what sends requests: a third of a second of work, for which the event loop need not stand still."""
        await asyncio.to_thread(import_module, "seedgen.teachers._http")
        await asyncio.to_thread(meanings)

    async def reply(self, path: str, request: Mapping[str, Any] | None = None) -> Reply:
        """The whole body of the response to a POST of the request, or to a GET, within the deadline; our key, should a server echo it, is
        blotted out. Raises `TeacherError`.
        """
        import httpx2

        url = self.endpoint.base_url + path  # whole, as the SDK takes a while to put the two together
        options: RequestOptions = {"headers": self._headers()}
        try:
            async with deadline(self.timeout):
                if request is None:
                    response = await self.client.get(url, cast_to=httpx2.Response, options=options)
                else:
                    content = json.dumps(request, ensure_ascii=False).encode()
                    response = await self.client.post(url, cast_to=httpx2.Response, content=content, options=options)
        except foreign() as exc:
            raise self._translated(exc) from exc
        self.heard = True
        return Reply(response.content, allowance(response.extensions["headers"]))

    def _translated(self, exc: Exception) -> TeacherError:
        """Our error. Who connects to a proxy is told of that one, for beyond it the proxy speaks. At first, a name that is not known and a
        proxy that is not there are not waited for.
        """
        error, url = translated(exc, self.endpoint.base_url, self.timeout), self.endpoint.base_url
        through, thrown = bool(proxy_for(url)), [*causes(exc)]
        if through and isinstance(error, TeacherUnreachable):
            words = f"the proxy on the way to {url} does not answer; check {proxy_variables()}, or name the host in NO_PROXY"
        elif through and url.startswith("http:") and any(type(each) is ssl.SSLError for each in thrown):
            words = f"the proxy on the way to {url} cannot be asked by TLS as we do; check {proxy_variables()}: is it http and not https?"
        elif through and broken_off(error) and not self.heard:
            words = f"{error}, or the proxy on the way did; check {proxy_variables()}"
        elif url.startswith("http:") and broken_off(error) and not self.heard:
            words = f"{error}; does it want https?"
        else:
            words = str(error)
        at_once = (
            isinstance(error, TeacherUnreachable) and not self.heard and (through or any(isinstance(e, socket.gaierror) for e in thrown))
        )
        return TeacherFatal(words) if at_once else type(error)(words, unseen=error.unseen, late=error.late)

    async def close(self) -> None:
        if self._client:
            await self._client.close()
            self._client = None

    def _http(self) -> HttpClient:
        """What carries the SDK's requests. Raises `TeacherFatal` if the environment names certificates or a proxy that cannot be used."""
        from httpx2 import InvalidURL

        from seedgen.teachers._http import HttpClient, Proxy

        url = self.endpoint.base_url
        try:
            address = proxy_for(url)
            proxy = Proxy(address) if address else None
            certificates = trusted() if proxy or url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            return HttpClient(certificates, proxy, self._read)
        except (ValueError, InvalidURL, ImportError) as exc:
            hint = '; for SOCKS: pip install "seedgen[socks]"' if isinstance(exc, ImportError) else " (http://…, https://… or socks5://…)"
            words = f"the environment names a proxy that cannot be used; check {proxy_variables()}{hint}"
            raise TeacherFatal(words) from None  # the cause may hold its password

    def _headers(self) -> dict[str, str | Omit]:
        """Those of every request, beside the SDK's own. Its stand-in for a key is left out: where there is none, none is sent. Azure has it
        elsewhere.
        """
        from openai import Omit

        azure, headers = bool(self.api_version) or is_azure(self.endpoint.base_url), {"accept-encoding": "gzip"}  # see unpacked
        if azure and self.endpoint.key:
            headers["api-key"] = self.endpoint.key
        bare = {"Authorization": Omit()} if azure or not self.endpoint.key else {}
        return headers | bare | self.headers

    async def _read(self, response: Response) -> bytes:
        """The body of a 2xx. Raises `TeacherError` for any other."""
        body = await whole_body(response, self.endpoint.base_url)
        for blot in self._blots:
            body = blot(body)
        if not is_success(response.status):
            raise error_for(response.status, response.headers, body, self.endpoint)
        return body


LATE = 1.0
"""Seconds by which a deadline is noticed too late only if this process did not run."""
GRACE = 5.0
"""Seconds to read what came meanwhile."""


@asynccontextmanager
async def deadline(seconds: float) -> AsyncIterator[None]:
    """So long, and no longer; but a process that was stopped meanwhile (SIGSTOP, a closed lid) reads first what has come. Raises
    `TimeoutError`.
    """
    loop = asyncio.get_running_loop()
    due = loop.time() + seconds
    async with asyncio.timeout(None) as limit:
        alarm = loop.call_at(due, lambda: limit.reschedule(loop.time() + (GRACE if loop.time() - due > LATE else 0.0)))
        try:
            yield
        finally:
            alarm.cancel()


def is_success(status: int) -> bool:
    return 200 <= status < 300


async def whole_body(response: Response, base_url: str) -> bytes:
    """The body, unpacked. Raises `TeacherRefused` when it is more than any answer needs: to ask again would be paid for again."""
    raw = bytearray()
    async for chunk in response.body:
        raw += chunk
        if len(raw) > MAX_BODY:
            break
    packed = response.headers.get("content-encoding", "").strip().lower()
    if packed not in ("", "identity", *UNPACKED) and is_success(response.status):
        words = (
            f'{base_url} sent a body packed as "{packed[:20]}", which we cannot read and did not ask for; let it, or the proxy, send gzip'
        )
        raise TeacherFatal(words, status=response.status, unseen=True)
    body = unpacked(bytes(raw), packed)
    if len(body) > MAX_BODY:
        raise TeacherRefused(f"{base_url} sent more than {MAX_BODY >> 20} MB", status=response.status, unseen=True)
    return in_unicode(body, response.headers.get("content-type", ""))


UNPACKED = ("gzip", "x-gzip", "deflate")
MOST_PARTS = 32
CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?((?:iso|latin|windows|cp|gb|big5|shift|euc|koi8|mac)[\w-]{0,30})", re.IGNORECASE)


def unpacked(raw: bytes, encoding: str) -> bytes:
    """The body as it was before compression, or one byte more of it than is allowed; as it came where it cannot be unpacked.

    It may have been packed in several parts, one after the other.
    """
    if encoding not in UNPACKED:
        return raw
    body, rest = b"", raw
    bare = encoding == "deflate" and raw[:1] != b"\x1f" and not is_zlib(raw)
    try:
        for _ in range(MOST_PARTS):
            part = zlib.decompressobj(-zlib.MAX_WBITS if bare else zlib.MAX_WBITS | 32)
            body += part.decompress(rest, MAX_BODY + 1 - len(body))
            rest = part.unused_data
            if not rest or len(body) > MAX_BODY:
                break
    except zlib.error:
        return body or raw  # after a part there may be padding
    return body


def is_zlib(raw: bytes) -> bool:
    """Whether deflated data has zlib's head (RFC 1950), as it should: some servers send it without."""
    return len(raw) > 1 and raw[0] & 0x0F == 8 and int.from_bytes(raw[:2]) % 31 == 0


def in_unicode(body: bytes, content_type: str) -> bytes:
    """The body in UTF-8, so that what is kept is read without its headers: what is no Unicode is taken to have the charset it names."""
    named = CHARSET.search(content_type)
    try:
        body.decode(json.detect_encoding(body))
    except ValueError:
        with suppress(LookupError, ValueError):
            return body.decode(named[1]).encode() if named else body
    return in_utf8(body)


# ---- what people and the environment say -------------------------------------------------------------------------------------------


def checked_url(url: str, setting: str = "base_url") -> str:
    """The address without a final slash. Raises `UsageError` unless it is http or https, with a host, and holds no password."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and url.isascii() and url.isprintable()
    except ValueError:
        good = False
    if not good:
        raise UsageError(f'{setting} "{url.rpartition("@")[2]}" is no address; write for example http://localhost:8000/v1')
    if parts.username or parts.password or parts.query:
        instead = "put the key in the environment (api_key_env), and a version in api_version"
        raise UsageError(f"the {setting} with host {parts.hostname} holds a user or a query; {instead}")
    return url.rstrip("/")


def checked_key(name: str, environ: Mapping[str, str], base_url: str, instead: str) -> str:
    """The key, or "" where none is needed; `instead` says what one without a key may do. A key that no header can hold is refused here:
    h11 would print it.
    """
    key = environ.get(name, "").strip()
    if not key and is_openai(base_url):
        raise TeacherFatal(f"{OPENAI} needs a key: set the environment variable {name}, or {instead}")
    if not (key.isascii() and key.isprintable()):
        raise TeacherFatal(f"the environment variable {name} holds characters that no key has; set it again")
    return key


def checked_headers(headers: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """The headers, with env:NAME read from the environment. Raises `TeacherFatal` if a variable is not set, or no header can hold it."""
    found = {}
    for name, value in headers.items():
        variable = value.removeprefix("env:") if value.startswith("env:") else ""
        found[name] = environ.get(variable, "").strip() if variable else value
        if not (found[name] and found[name].isascii() and found[name].isprintable()):
            raise TeacherFatal(f'the header "{name}" needs the environment variable {variable}; set it, to what a header can hold')
    return found


def is_azure(base_url: str) -> bool:
    return (urlsplit(base_url).hostname or "").endswith(AZURE)


def is_openai(base_url: str) -> bool:
    return urlsplit(base_url).hostname == urlsplit(OPENAI).hostname


def is_loopback(base_url: str) -> bool:
    return urlsplit(base_url).hostname in LOOPBACK


def proxy_for(base_url: str) -> str:
    """The proxy that the environment names for an address, "" if none. Raises `ValueError` if it has no host, or a port that is none."""
    parts = urlsplit(base_url)
    if is_loopback(base_url) or proxy_bypass(parts.netloc):
        return ""
    named = getproxies()
    address = named.get(parts.scheme) or named.get("all") or ""
    address = address if "://" in address or not address else f"http://{address}"
    parsed = urlsplit(address)
    if address and not (parsed.hostname and parsed.port != 0):  # the port is looked at only when it is asked for
        raise ValueError
    return address


def proxy_variables() -> str:
    """Those that are set, by name."""
    return " and ".join(f"{kind.upper()}_PROXY" for kind in ("https", "http", "all") if kind in getproxies())


def trusted() -> ssl.SSLContext:
    """The authorities whose word on a server is taken. Raises `TeacherFatal` if those that the environment names cannot be read."""
    from httpx2 import create_ssl_context

    folders = filter(None, os.environ.get("SSL_CERT_DIR", "").split(os.pathsep))
    try:
        certificates = create_ssl_context()
    except OSError as exc:
        raise TeacherFatal("no certificates can be read where SSL_CERT_FILE points; name a PEM file, or unset it") from exc
    if not os.environ.get("SSL_CERT_FILE") and not all(map(os.path.isdir, folders)):
        raise TeacherFatal("SSL_CERT_DIR names what is no folder; name one with certificates, or unset it")
    return certificates


# ---- what others throw -------------------------------------------------------------------------------------------------------------


@cache
def foreign() -> tuple[type[Exception], ...]:
    """Everything the SDK, its HTTP library and the system throw at one who asks over a network."""
    import aiohttp
    import anyio
    import httpx2
    from openai import OpenAIError

    theirs = (OpenAIError, aiohttp.ClientError, httpx2.HTTPError, httpx2.InvalidURL, httpx2.CookieConflict, httpx2.StreamError)
    return (*theirs, anyio.EndOfStream, OSError)


@cache
def meanings() -> tuple[tuple[tuple[type[Exception], ...], type[TeacherError], str], ...]:
    """What foreign exceptions mean: the first line whose classes all occur among an exception and its causes holds."""
    import aiohttp
    import httpx2
    from openai import APITimeoutError

    certificate = "the certificate of {url} cannot be verified{why}; name its authority in SSL_CERT_FILE{instead}"
    tls = "{url} does not speak TLS as we do; is it http and not https?"
    proxy = "the proxy on the way to {url} refuses us; check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"
    return (
        ((TimeoutError,), TeacherTransient, "{url} gave no complete answer within {timeout:g} s"),
        ((APITimeoutError,), TeacherTransient, "{url} gave no complete answer in time"),
        ((httpx2.TimeoutException,), TeacherTransient, "{url} gave no complete answer in time"),
        ((ssl.SSLCertVerificationError,), TeacherFatal, certificate),
        ((ssl.SSLEOFError,), TeacherTransient, "{url} broke off the connection"),
        ((aiohttp.ClientHttpProxyError,), TeacherFatal, proxy),
        ((httpx2.ProxyError,), TeacherFatal, proxy),
        ((aiohttp.ClientConnectorError, ssl.SSLError), TeacherFatal, tls),
        ((httpx2.ConnectError, ssl.SSLError), TeacherFatal, tls),
        ((socket.gaierror,), TeacherUnreachable, "the name of {url} is not known here; check the address, and the network"),
        ((aiohttp.ClientConnectorError,), TeacherUnreachable, "nothing answers at {url}: is the server running?"),
        ((httpx2.ConnectError,), TeacherUnreachable, "nothing answers at {url}: is the server running?"),
        ((aiohttp.InvalidURL,), TeacherFatal, "{url} is no address that can be asked"),
        ((httpx2.UnsupportedProtocol,), TeacherFatal, "{url} is no address that can be asked"),
        ((httpx2.InvalidURL,), TeacherFatal, "{url} is no address that can be asked"),
        ((Exception,), TeacherTransient, "{url} broke off the connection"),
    )


def translated(exc: BaseException, url: str, timeout: float) -> TeacherError:
    """Our error for a foreign one, in words of our own: foreign messages may hold headers."""
    from httpx2 import TimeoutException
    from openai import APITimeoutError

    chain = list(causes(exc))
    kind, words = next(
        (kind, words) for classes, kind, words in meanings() if all(any(isinstance(link, c) for link in chain) for c in classes)
    )
    late = any(isinstance(link, (TimeoutError, APITimeoutError, TimeoutException)) for link in chain)
    reasons = (getattr(link, "verify_message", "") for link in chain)
    why = next((f" ({reason})" for reason in reasons if reason), "")
    return kind(words.format(url=url, timeout=timeout, why=why, instead=not_enough()), unseen=kind is TeacherTransient, late=late)


def broken_off(error: TeacherError) -> bool:
    return error.unseen and not error.late


def not_enough() -> str:
    """Variables that name certificates, too, to no avail."""
    unread = [f"{name} is set, but not looked at" for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if os.environ.get(name)]
    lacking = ["what SSL_CERT_DIR names does not hold it"] if os.environ.get("SSL_CERT_DIR") else []
    return "".join(f"; {each}" for each in unread + lacking)


def causes(exc: BaseException | None) -> Iterator[BaseException]:
    """The exception, what it was raised from, and so on."""
    while exc:
        yield exc
        exc = exc.__cause__ or exc.__context__

import asyncio
import socket
import ssl
import time
import traceback
from collections.abc import Mapping

import pytest

from seedgen.errors import TeacherError, TeacherFatal, TeacherUnreachable
from seedgen.teachers.connection import LATE, Connection, deadline
from seedgen.teachers.endpoint import Endpoint

FAR, FAR_TLS, HERE, HERE_TLS = (f"{scheme}://{host}/v1" for host in ("seedgen.invalid", "127.0.0.1:9") for scheme in ("http", "https"))


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that says nothing of proxies and certificates."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir", "requests_ca_bundle"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def failure(url: str, environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> TeacherError:
    """The error with which one attempt ends at an address where nobody is, in such an environment."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    async def ask() -> None:
        connection = Connection(Endpoint(url), timeout=5.0)
        try:
            await connection.reply("/models")
        finally:
            await connection.close()

    with pytest.raises(TeacherError) as caught:
        asyncio.run(ask())
    return caught.value


@pytest.mark.parametrize(
    ("url", "environ", "words"),
    [
        (FAR_TLS, {"HTTPS_PROXY": "foo://canary@proxy"}, "check HTTPS_PROXY"),
        (FAR_TLS, {"HTTPS_PROXY": "http://user:canary@[::1"}, "check HTTPS_PROXY"),
        (FAR_TLS, {"HTTPS_PROXY": "http://user:canary@proxy:99999"}, "check HTTPS_PROXY"),
        (FAR, {"HTTP_PROXY": "proxy:99999"}, "check HTTP_PROXY"),
        (FAR, {"HTTP_PROXY": "http://"}, "check HTTP_PROXY"),
        (FAR, {"ALL_PROXY": "socks5://user:canary@127.0.0.1:9"}, "check ALL_PROXY; for SOCKS: pip"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(
    url: str, environ: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = failure(url, environ, monkeypatch)
    assert (type(error), words in str(error), error.unseen) == (TeacherFatal, True, False)
    assert "canary" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("file", ["/nowhere.pem", __file__])
@pytest.mark.parametrize(("url", "environ"), [(HERE_TLS, {}), (FAR, {"HTTP_PROXY": "https://127.0.0.1:9"})])
def test_certificates_that_cannot_be_read_are_told_of(
    url: str, environ: dict[str, str], file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = failure(url, {"SSL_CERT_FILE": file, **environ}, monkeypatch)
    assert (type(error), "SSL_CERT_FILE" in str(error), error.unseen) == (TeacherFatal, True, False)


@pytest.mark.parametrize("environ", [{"HTTP_PROXY": "foo://proxy:99999"}, {"SSL_CERT_FILE": "/nowhere.pem"}])
def test_what_leads_elsewhere_does_not_matter_on_this_machine(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(failure(HERE, environ, monkeypatch)) is TeacherUnreachable


@pytest.mark.parametrize(
    ("url", "environ", "words"),
    [
        (FAR, {"HTTP_PROXY": "http://127.0.0.1:9"}, "the proxy on the way to http://seedgen.invalid/v1 does not answer; check HTTP_PROXY"),
        (FAR_TLS, {"HTTPS_PROXY": "http://127.0.0.1:9"}, "check HTTPS_PROXY"),
        (FAR, {"ALL_PROXY": "http://proxy.invalid:9"}, "check ALL_PROXY"),
        (FAR, {"ALL_PROXY": "socks://127.0.0.1:9"}, "check ALL_PROXY (http://…, https://… or socks5://…)"),
    ],
)
def test_a_proxy_that_is_not_there_is_told_of_at_once(
    url: str, environ: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = failure(url, environ, monkeypatch)
    assert (type(error), words in str(error), error.unseen) == (TeacherFatal, True, False), str(error)


@pytest.mark.parametrize("environ", [{}, {"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "seedgen.invalid"}])
def test_a_name_that_is_not_known_is_told_of_at_once(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    error = failure(FAR, environ, monkeypatch)
    assert (type(error), "the name of http://seedgen.invalid/v1 is not known" in str(error)) == (TeacherFatal, True)


def test_a_name_that_is_no_longer_known_is_waited_for() -> None:
    connection = Connection(Endpoint(FAR), timeout=5.0)
    connection.heard = True
    assert type(connection._translated(socket.gaierror(-2, "no"))) is TeacherUnreachable


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"SSL_CERT_DIR": "/nowhere"}, "SSL_CERT_DIR names what is no folder"),
        ({"SSL_CERT_FILE": "/nowhere.pem"}, "where SSL_CERT_FILE points"),
    ],
)
def test_each_variable_for_certificates_is_named_by_itself(environ: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    error = failure(HERE_TLS, environ, monkeypatch)
    assert (type(error), words in str(error), str(error).count("SSL_CERT")) == (TeacherFatal, True, 1)


def test_a_certificate_that_cannot_be_verified_is_told_with_the_variables_that_do_not_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/bundle.pem")
    error = Connection(Endpoint(HERE_TLS), timeout=5.0)._translated(ssl.SSLCertVerificationError())
    assert "name its authority in SSL_CERT_FILE; REQUESTS_CA_BUNDLE is set, but not looked at" in str(error)


@pytest.mark.parametrize(
    ("url", "environ", "exc", "words"),
    [
        (HERE, {}, ConnectionResetError(), "does it want https?"),
        (FAR, {"HTTP_PROXY": "http://proxy"}, ConnectionResetError(), "or the proxy on the way did; check HTTP_PROXY"),
        (FAR, {"HTTP_PROXY": "https://proxy"}, ssl.SSLError(), "the proxy on the way to http://seedgen.invalid/v1 cannot be asked by TLS"),
    ],
)
def test_what_breaks_off_before_anything_was_heard_is_told_with_what_it_may_be(
    url: str, environ: dict[str, str], exc: Exception, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert words in str(Connection(Endpoint(url), timeout=5.0)._translated(exc))


@pytest.mark.parametrize(("stopped", "read"), [(0.0, False), (LATE + 0.2, True)])
def test_what_came_while_the_process_was_stopped_is_read_before_a_call_is_late(stopped: float, read: bool) -> None:
    async def ask() -> bool:
        came = asyncio.Event()
        asyncio.get_running_loop().call_later(0.3, came.set)
        async with deadline(0.1):
            time.sleep(stopped)  # noqa: ASYNC251 - nothing runs meanwhile, as after SIGSTOP
            await came.wait()
            for _ in range(5):
                await asyncio.sleep(0.001)
        return True

    if read:
        assert asyncio.run(ask())
    else:
        with pytest.raises(TimeoutError):
            asyncio.run(ask())

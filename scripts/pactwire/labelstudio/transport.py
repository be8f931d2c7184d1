"""HTTP transport to a Label Studio server; every failure becomes a ServerError.

Tokens are never part of a message, and are sent only to the server's address: redirects are not followed. A personal
access token is exchanged for one that is valid for some minutes, and again when the server refuses that.
"""

import json
import re
import ssl
import threading
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, NoReturn, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec
import tenacity

from pactwire.labelstudio import wire_types
from pactwire.model.issues import DataError, Issue

T = TypeVar("T")

URL_VARIABLE: Final = "LABEL_STUDIO_URL"
KEY_VARIABLE: Final = "LABEL_STUDIO_API_KEY"
CERTIFICATE_VARIABLE: Final = "SSL_CERT_FILE"

MAX_ATTEMPTS: Final = 6
MAX_PAUSE: Final = 60.0
TIMEOUT: Final = httpx.Timeout(120, connect=10)

_LIKELY_LOCAL: Final = re.compile(r"[^/]*:[0-9]+|([^/.]*|[0-9.]+)(/|$)")
"""Addresses that probably have no certificate, where no scheme is given: with a port, without a dot, or a number."""


class ServerError(DataError):
    """A server that can't be reached, or that refuses a request.

    ``transient`` means that trying again later may help, after ``pause`` seconds if the server says so. ``uncertain``
    means that the request may have been carried out, or may still be in progress. ``status`` is that of the response, 0
    without one.
    """

    def __init__(
        self, url: str, code: str, message: str, transient: bool = False, pause: float = 0,
        uncertain: bool = False, status: int = 0,
    ) -> None:  # fmt: skip
        super().__init__([Issue(url, 1, code, message)])
        self.code = code
        self.transient = transient
        self.pause = pause
        self.uncertain = uncertain
        self.status = status


class _AccessToken(msgspec.Struct):
    access: str


class Transport:
    """A connection to a server; methods raise ServerError."""

    def __init__(self, url: str, token: str) -> None:
        self.url = parse_address(url)
        self._token = token
        self._personal = token.count(".") == 2  # a JSON Web Token, which only serves to get another token
        self._access = ""
        self._lock = threading.Lock()
        self.server_time: datetime | None = None
        """The time of the last response, by the clock of who sent it; None if it stated none."""
        try:
            self.http = httpx.Client(timeout=TIMEOUT, follow_redirects=False)
        except (ValueError, ImportError):
            message = "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names a proxy that can't be used"
            raise ServerError(self.url, "server-address", message) from None
        except OSError:
            message = f"{CERTIFICATE_VARIABLE} or SSL_CERT_DIR names no certificates that can be read"
            raise ServerError(self.url, "server-certificate", message) from None

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def request(
        self, method: str, path: str, parameters: dict[str, Any] | None = None, content: bytes | None = None
    ) -> bytes:
        """Send one request and return the body of the response."""
        authorization = self._authorization()
        response = self._exchange(method, path, parameters, content, authorization)
        if response.status_code == 401 and self._personal:  # nothing was done, so it may be sent again
            with self._lock:
                if authorization == f"Bearer {self._access}":
                    self._access = ""
            response = self._exchange(method, path, parameters, content, self._authorization())
        self._check(response)
        self.server_time = _stated_time(response)
        return response.content

    def _authorization(self) -> str:
        if not self._personal:
            return f"Token {self._token}"
        with self._lock:
            self._access = self._access or with_retries(self._renewed)
            return f"Bearer {self._access}"

    def _renewed(self) -> str:
        """Exchange the personal access token for one that is valid for some minutes."""
        content = msgspec.json.encode({"refresh": self._token})
        response = self._exchange("POST", "api/token/refresh/", None, content, None)
        self._check(response)
        try:
            access = msgspec.json.decode(response.content, type=_AccessToken).access
        except wire_types.MALFORMED_ERRORS:
            access = ""
        if not is_sendable(access):
            raise ServerError(self.url, "server-answer", "the answer to a request for an access token holds none")
        return access

    def _exchange(
        self,
        method: str,
        path: str,
        parameters: dict[str, Any] | None,
        content: bytes | None,
        authorization: str | None,
    ) -> httpx.Response:
        headers = {"authorization": authorization} if authorization else {}
        if content is not None:
            headers["content-type"] = "application/json"
        try:
            return self.http.request(method, f"{self.url}/{path}", params=parameters, content=content, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            _raise_connection_error(self.url, error)

    def _check(self, response: httpx.Response) -> None:
        if response.has_redirect_location:
            message = f"the server redirects requests to {_redirect_target(response)}; no token goes there"
            raise ServerError(self.url, "server-moved", message, status=response.status_code)
        if response.status_code >= 400:
            _raise_status_error(self.url, response)


def is_sendable(token: str) -> bool:
    """Say whether a header can carry a token."""
    return bool(token) and token.isascii() and token.isprintable() and " " not in token


def parse_address(text: str) -> str:
    """Return the address of a server without a trailing slash; raises ServerError (server-address).

    The message shows how the address should be written, without any login in it.
    """
    match = re.fullmatch(r"(?i)(?:(https?)(?::/*|/+)|\w*:/+|/+)?(.*)", text.strip(), re.S)
    scheme, rest = match.groups() if match else (None, "")
    where = re.split(r"[?#]", rest)[0].rpartition("@")[2].rstrip("/")
    right = f"{(scheme or ('http' if _LIKELY_LOCAL.match(where) else 'https')).lower()}://{where}"
    try:
        parts = urlsplit(right)
        valid = bool(parts.hostname) and parts.port != 0 and bool(httpx.URL(right).host)
    except (ValueError, httpx.InvalidURL):
        valid = False
    if not valid:
        raise ServerError(URL_VARIABLE, "server-address", "it holds no address of a server")
    if text.strip().rstrip("/").lower() != right.lower():
        message = f"it has to be http:// or https:// with the server's name, and a path at most: write {right}"
        raise ServerError(URL_VARIABLE, "server-address", message)
    return right


def retrying() -> tenacity.Retrying:
    """Return a loop that repeats a function while it raises a transient ServerError, with growing pauses."""
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(lambda error: isinstance(error, ServerError) and error.transient),
        stop=tenacity.stop_after_attempt(MAX_ATTEMPTS),
        wait=_retry_pause,
        reraise=True,
    )


def with_retries(action: Callable[[], T]) -> T:
    """Call a function that may be called twice, and repeat it while the server is busy or away."""
    try:
        result: T = retrying()(action)
        return result
    except ServerError as error:
        error.transient = False  # it has been tried often enough
        raise


def _retry_pause(state: tenacity.RetryCallState) -> float:
    """Return the pause in seconds: what the server asked for, else 0.5, 1, 2 … and a random bit."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.pause if isinstance(error, ServerError) else 0
    growing = tenacity.wait_exponential(multiplier=0.5) + tenacity.wait_random(0, 0.5)
    return min(asked or growing(state), MAX_PAUSE)


def _raise_connection_error(url: str, error: Exception) -> NoReturn:
    """Raise the ServerError for a request without a response; it shows no headers, since the token is there."""
    if isinstance(reason := _tls_error(error), ssl.SSLCertVerificationError):
        message = f"the server's certificate is not trusted: {reason.verify_message}"
        raise ServerError(url, "server-certificate", message) from None
    if reason is not None:
        message = f"the server does not answer as https:// asks for ({reason.reason or 'no TLS'})"
        raise ServerError(url, "server-address", message) from None
    unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    if isinstance(error, httpx.TimeoutException):
        message = "the server did not answer in time"
        raise ServerError(url, "server-timeout", message, True, uncertain=not unsent) from None
    if isinstance(error, httpx.TransportError):
        message = f"the server can't be reached: {type(error).__name__}"
        raise ServerError(url, "server-away", message, True, uncertain=not unsent) from None
    raise ServerError(url, "server-answer", f"no valid request: {type(error).__name__}") from None


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """Return the TLS error that an error comes from, if any."""
    connecting = isinstance(error, httpx.ConnectError)
    while connecting and error is not None:
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _raise_status_error(url: str, response: httpx.Response) -> NoReturn:
    """Raise the ServerError for a response that reports a failure.

    A server that failed itself (500) has stopped; if a gateway failed (502, 503, 504), the server may still be working.
    """
    status = response.status_code
    pause = _retry_after(response.headers.get("retry-after", ""))
    if status in (401, 403):
        raise ServerError(url, "server-login", f"the server refused the API token (status {status})", status=status)
    if status == 413:
        message = "the server, or a proxy before it, takes no request as large as that (status 413)"
        raise ServerError(url, "server-limit", message, status=status)
    if status == 429:
        raise ServerError(url, "server-busy", f"the server wants fewer requests (status {status})", True, pause)
    if status >= 500:
        message = f"the server failed (status {status})"
        raise ServerError(url, "server-error", message, True, pause, uncertain=status > 500, status=status)
    raise ServerError(url, "server-answer", f"status {status}: {_error_detail(response.content)}", status=status)


def _stated_time(response: httpx.Response) -> datetime | None:
    try:
        moment = parsedate_to_datetime(response.headers.get("date", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _retry_after(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() else 0


def _error_detail(content: bytes) -> str:
    """Return the server's explanation on one line."""
    try:
        body = msgspec.json.decode(content)
    except wire_types.MALFORMED_ERRORS:
        return "no reason given"
    if not isinstance(body, dict):
        return "no reason given"
    reasons = body.get("validation_errors") or body.get("detail") or "no reason given"
    return " ".join((reasons if isinstance(reasons, str) else json.dumps(reasons, ensure_ascii=False)).split())[:500]


def _redirect_target(response: httpx.Response) -> str:
    """Return the target of a redirect, without anything in it that may be secret."""
    try:
        there = urlsplit(urljoin(str(response.request.url), response.headers["location"]))
        return f"{there.scheme}://{there.netloc.rpartition('@')[2]}{there.path}"
    except ValueError:
        return "another place"

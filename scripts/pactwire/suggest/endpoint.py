"""Endpoints of language models: their addresses, and the hosts that articles may be sent to."""

import ipaddress
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from pactwire.model import strict_json
from pactwire.model.issues import DataError, Issue
from pactwire.storage import files

HOSTS_FILE: Final = ".pactwire/text-hosts.json"
DEFAULT_URL: Final = "https://api.openai.com/v1"
_NAME: Final = r"[\w-]+(?:\.[\w-]+)*"
_HOST: Final = re.compile(rf"{_NAME}\.?")
_ADDRESS: Final = re.compile(
    rf"https?://(?P<host>\[[0-9a-f:.]+\]|{_NAME}\.?)(?::(?P<port>[0-9]{{1,5}}))?(?:/[^\s\\?#\x00-\x1f\x7f]*)?",
    re.IGNORECASE,
)
"""Addresses that all parsers read alike: without user, password, query and fragment."""


class Endpoint(NamedTuple):
    """Where a model is, what it is called there, and its sampling temperature; None for the server's own."""

    model: str
    url: str
    temperature: float | None

    @property
    def host(self) -> str:
        """The host that text is sent to, as `host_name` spells it."""
        return host_name(self._written_host)

    @property
    def is_local(self) -> bool:
        """Whether the host is this machine: the name localhost, or a loopback address."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self._written_host.lower() == "localhost"

    @property
    def _written_host(self) -> str:
        match = _ADDRESS.fullmatch(self.url)
        if match is None or int(match["port"] or 0) > 0xFFFF:
            raise ValueError("no address of an endpoint")
        return match["host"]


def host_name(written: str) -> str:
    """Return a host in the spelling by which hosts are compared.

    That is lower case without a final dot, and for IP addresses their short form without brackets.

    Raises ValueError if it is no host, as with a port or a scheme.
    """
    try:
        return str(ipaddress.ip_address(written[1:-1] if written[:1] == "[" and written[-1:] == "]" else written))
    except ValueError:
        if not _HOST.fullmatch(written):
            raise ValueError("no host") from None
        return written.lower().removesuffix(".")


def check_consent(root: Path, endpoint: Endpoint, named: Iterable[str]) -> None:
    """Check that text may be sent to the host of an endpoint, and remember the hosts that are ``named``.

    Raises DataError (suggest-host) unless it is this machine, or was named for this dataset now or before.
    """
    path = root / HOSTS_FILE
    known = files.read_json(path, HOSTS_FILE) if path.is_file() else []
    remembered = {each for each in known if isinstance(each, str)} if isinstance(known, list) else set()
    hosts = remembered | {*map(host_name, named)}
    if not endpoint.is_local and endpoint.host not in hosts:
        message = f"articles would be sent to {endpoint.host!r}, which nobody allowed"
        raise DataError([Issue(endpoint.host, 1, "suggest-host", message)])
    if hosts != remembered:
        files.write_file(path, strict_json.pretty(sorted(hosts)))

"""URLs from components, each percent-encoded as RFC 3986 requires."""

import re
from typing import NamedTuple

from ..errors import RejectedError

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z").match
_PORT = re.compile(r"[0-9]{1,5}\Z").match
_LAST_PORT = 65_535
_SUB_DELIMITERS = "!$&'()*+,;="
_PATH = "/:@" + _SUB_DELIMITERS
_QUERY = "/?:@" + _SUB_DELIMITERS

Pairs = tuple[tuple[str, str], ...]


class Url(NamedTuple):
    """The components before encoding. None is an absent component; an empty host is present (``sqlite:///x``)."""

    scheme: str
    username: str | None = None
    password: str | None = None
    host: str | None = None
    port: str | None = None
    path: str = ""
    query: str | Pairs = ""

    def rendered(self) -> str:
        """Return the URL. Raises RejectedError for invalid components; it names the component, never its value."""
        if not _SCHEME(self.scheme):
            raise RejectedError("invalid scheme: use a letter, then letters, digits, '+', '.' or '-'")
        authority = self._authority()
        path = _encoded(self.path, _PATH)
        if authority is not None:
            path = path if not path or path.startswith("/") else f"/{path}"
        elif path.startswith("//"):
            raise RejectedError("path cannot begin with two slashes if there is no host")
        place = path if authority is None else f"//{authority}{path}"
        query = self._query()
        return f"{self.scheme}:{place}?{query}" if query else f"{self.scheme}:{place}"

    def _authority(self) -> str | None:
        """Return user, host and port (section 3.2)."""
        if self.host is None:
            if (self.username, self.password, self.port) != (None, None, None):
                raise RejectedError("username, password and port require a host")
            return None
        user = "" if self.username is None else _encoded(self.username)
        if self.password is not None:
            user += ":" + _encoded(self.password)
        at = "@" if self.username is not None or self.password is not None else ""
        return f"{user}{at}{_host(self.host)}{self._port()}"

    def _port(self) -> str:
        if self.port is None:
            return ""
        if not _PORT(self.port) or int(self.port) > _LAST_PORT:
            raise RejectedError(f"invalid port: use a number up to {_LAST_PORT}")
        return f":{self.port}"

    def _query(self) -> str:
        """Return the query: text keeps its `&` and `=`; in the names and values of a map they are encoded."""
        if isinstance(self.query, str):
            return _encoded(self.query, _QUERY)
        return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in self.query)


def _host(host: str) -> str:
    """Encode a host name, or put an IPv6 address in brackets (section 3.2.2)."""
    if ":" not in host:
        return _encoded(host, _SUB_DELIMITERS)
    from ipaddress import AddressValueError, IPv6Address

    inside = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        return f"[{IPv6Address(inside)}]"
    except AddressValueError:
        return _encoded(host, _SUB_DELIMITERS)


def _encoded(text: str, safe: str = "") -> str:
    from urllib.parse import quote

    return quote(text, safe=safe, errors="surrogatepass")

"""The project key, the keys derived from it, and encryption (sealing) with them."""

import hmac
from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from attrs import field, frozen

from .errors import LockfileError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Random = Callable[[int], bytes]
"""Returns the given number of random bytes, like `os.urandom`."""

SIZE = 32
_PREFIX = "szkey1:"
_CROCKFORD = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SYMBOLS = _CROCKFORD * 8  # maps 256 octets evenly onto 32 symbols
_AFTER = dict(zip(_CROCKFORD.decode(), _CROCKFORD.decode()[1:], strict=False))


class SealError(LockfileError):
    """Sealed bytes were changed, truncated, moved to another place, or sealed with another key."""

    code = "sealed"


def enc(*parts: str | bytes) -> bytes:
    """Join parts unambiguously, each prefixed with its length: different tuples never give the same bytes."""
    octets = [part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part for part in parts]
    return b"".join([b"%d:%b" % (len(part), part) for part in octets])


def hkdf(key: bytes, info: bytes) -> bytes:
    """Derive a key of 32 bytes by HKDF with SHA-256 and no salt (RFC 5869); these are its first block."""
    return hmac.digest(hmac.digest(bytes(32), key, "sha256"), info + b"\1", "sha256")


class Keyed:
    """HMAC with SHA-256 (RFC 2104) under one key of at most 64 bytes, for many messages.

    The blocks of the key are hashed once, which makes a short message three times as fast as `hmac.digest`.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = key.ljust(64, b"\0")
        self._inner = sha256(bytes([octet ^ 0x36 for octet in block]))
        self._outer = sha256(bytes([octet ^ 0x5C for octet in block]))

    def digest(self, message: bytes) -> bytes:
        """Return the 32 bytes that authenticate a message."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


def _derived(key: "ProjectKey", purpose: str) -> bytes:
    return hkdf(key.secret, enc("secretzero-key-1", purpose))


def _key_for(purpose: str) -> "cached_property[bytes]":
    def derived(key: "ProjectKey") -> bytes:
        return _derived(key, purpose)

    return cached_property(derived)


@frozen
class ProjectKey:
    """The key of a project: 32 random bytes, from which all its other keys are derived.

    `id` names the key and `check` exposes a wrong one at once; neither reveals anything about the key. Only `to_text()`
    shows the key itself.
    """

    secret: bytes = field(repr=False)

    @secret.validator
    def _has_its_size(self, _attribute: object, secret: bytes) -> None:
        if len(secret) != SIZE:
            raise UsageError(f"a project key must have {SIZE} bytes")

    @classmethod
    def new(cls, random: Random) -> "ProjectKey":
        """Generate a key."""
        return cls(random(SIZE))

    @classmethod
    def from_text(cls, text: str) -> "ProjectKey":
        """Parse the output of `to_text`, ignoring surrounding whitespace. Raises UsageError that omits the text."""
        body = text.strip().removeprefix(_PREFIX)
        try:
            key = cls(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        except (ValueError, UsageError):
            key = None
        if key is None or key.to_text() != text.strip():
            raise UsageError("invalid project key", hint=f"a key begins with {_PREFIX}")
        return key

    def to_text(self) -> str:
        """Return the key as text, the form in which people move it between machines."""
        return _PREFIX + urlsafe_b64encode(self.secret).rstrip(b"=").decode()

    @cached_property
    def id(self) -> str:
        """The public name of this key."""
        return "key_" + b32encode(_derived(self, "id"))[:6].decode()

    @cached_property
    def check(self) -> str:
        """Eight hexadecimal digits that another key shares by chance with a probability of one in four billion."""
        return _derived(self, "check")[:4].hex()

    fingerprint = _key_for("fingerprint")
    """The key for fingerprints."""
    mac = _key_for("mac")
    """The key that signs the records of lockfiles."""
    journal = _key_for("journal")
    """The key that seals journals."""
    definition = _key_for("definition")
    """The key for digests of definitions."""
    plan = _key_for("plan")
    """The key that signs saved plans and keys the digests in them."""


class Sealer:
    """Seals and opens records under one key with XAES-256-GCM (C2SP): each record has a data key of its own.

    A sealed record is 24 random octets, then the output of AES-256-GCM with the key derived from the first twelve.
    """

    __slots__ = ("_aead", "_ecb", "_masks", "_random")

    def __init__(self, key: bytes, random: Random) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.ciphers.algorithms import AES256
        from cryptography.hazmat.primitives.ciphers.modes import ECB

        if len(key) != SIZE:
            raise UsageError(f"a sealing key must have {SIZE} bytes")
        self._aead = AESGCM
        self._random = random
        # ECB computes single blocks of a pseudo-random function, as the specification requires; it encrypts no data.
        self._ecb = Cipher(AES256(key), ECB()).encryptor().update  # noqa: S305
        # A block of zeros, doubled in the field of CMAC (NIST SP 800-38B).
        doubled = int.from_bytes(self._ecb(bytes(16)), "big") << 1
        subkey = doubled & (1 << 128) - 1 ^ (0x87 if doubled >> 128 else 0)
        self._masks = tuple(int.from_bytes(head + bytes(12), "big") ^ subkey for head in (b"\0\1X\0", b"\0\2X\0"))

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Encrypt a record and bind it to `aad`, which is required to open it."""
        nonce = self._random(24)
        return nonce + self._data_key(nonce).encrypt(nonce[12:], plaintext, aad)

    def unseal(self, sealed: bytes, aad: bytes) -> bytes:
        """Decrypt a sealed record. Raises SealError if it was changed or sealed with another key or `aad`."""
        from cryptography.exceptions import InvalidTag

        nonce = sealed[:24]
        try:
            return self._data_key(nonce).decrypt(nonce[12:], sealed[24:], aad)
        except (InvalidTag, ValueError):
            raise SealError("cannot open sealed data: it was changed, or sealed with another key") from None

    def _data_key(self, nonce: bytes) -> "AESGCM":
        """Derive the data key of a record by AES-CMAC in counter mode over the first half of its nonce."""
        number = int.from_bytes(nonce[:12], "big")
        blocks = b"".join([(mask ^ number).to_bytes(16, "big") for mask in self._masks])
        return self._aead(self._ecb(blocks))


def new_op(now_ms: int, random: Random, *, after: str = "") -> str:
    """Make an op: a ULID of this millisecond, greater than the previous op `after` whatever the clock says."""
    time = "".join([chr(_CROCKFORD[now_ms >> shift & 31]) for shift in range(45, -1, -5)])
    op = time + random(16).translate(_SYMBOLS).decode()
    return op if op > after else next_op(after)


def new_id(prefix: str, random: Random) -> str:
    """Make an identity such as ``prj_…`` or ``sec_…`` with 80 random bits; `prefix` is without the underscore."""
    return f"{prefix}_{random(16).translate(_SYMBOLS).decode()}"


_NAMED = Keyed(b"secretzero-id-1")


def named_id(project: str, name: str) -> str:
    """Return the id of the secret that a project first called `name`.

    It is the same on every branch and machine, so that two of them that create the secret independently agree on it.
    """
    digest = _NAMED.digest(enc(project, name))
    return f"sec_{digest[:16].translate(_SYMBOLS).decode()}"


def next_op(op: str) -> str:
    """Increment an op: the next one of a run, in the same millisecond."""
    symbol = _AFTER.get(op[-1])
    return op[:-1] + symbol if symbol else next_op(op[:-1]) + "0"

"""SSH key pairs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from attrs import field, frozen

from ..protocols import Constraints, Request
from ..values import SecretValue
from .drawing import Local

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.serialization import SSHPrivateKeyTypes

_RSA = {"default": 3072, "least": 2048, "most": 16_384}
_ECDSA = (256, 384, 521)
_STRENGTH = ((15_360, 256), (7680, 192), (3072, 128), (2048, 112))
"""Modulus of an RSA key in bits, and its security strength (NIST SP 800-57 part 1, table 2)."""


@frozen
class SshKeypair(Local):
    """A key pair in OpenSSH format: private key without passphrase, public key line, SHA-256 fingerprint.

    `bits` applies to rsa and ecdsa; Ed25519 keys have one size. The comment is part of the public key line.
    """

    kind: ClassVar[str] = "ssh_keypair"
    parts: ClassVar[Mapping[str, bool]] = {"": True, "private_key": True, "public_key": False, "fingerprint": False}

    type: Literal["ed25519", "rsa", "ecdsa"] = field(default="ed25519", metadata={"aliases": ("key_type",)})
    bits_: int | None = field(default=None, alias="bits", metadata={"aliases": ("key_size",)})
    comment: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse sizes that OpenSSH does not support, and comments that would not fit on one line."""
        if any(ord(character) < ord(" ") or character == "\x7f" for character in self.comment):
            raise ValueError("comment must be one line")
        if self.type == "rsa" and not _RSA["least"] <= self._size <= _RSA["most"]:
            raise ValueError(f"bits must be between {_RSA['least']} and {_RSA['most']} for rsa")
        if self.type == "ecdsa" and self._size not in _ECDSA:
            raise ValueError("bits must be 256, 384 or 521 for ecdsa")

    @property
    def _size(self) -> int:
        return self.bits_ or (_RSA["default"] if self.type == "rsa" else _ECDSA[0])

    def bits(self, constraints: Constraints) -> int:  # noqa: ARG002 - a key cannot be shortened
        """Return the strength of the key, which is less than the randomness in it."""
        if self.type == "rsa":
            return next(strength for modulus, strength in _STRENGTH if self._size >= modulus)
        return 128 if self.type == "ed25519" else self._size // 2

    def obtain(self, request: Request) -> SecretValue:
        """Generate a key pair; for rsa and ecdsa the library uses the randomness of the system itself."""
        from cryptography.hazmat.primitives import serialization

        key = self._key(request)
        line = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
        return SecretValue(
            {
                "private_key": private.decode("ascii"),
                "public_key": f"{line.decode('ascii')} {self.comment}".rstrip(" "),
                "fingerprint": _fingerprint(line),
            }
        )

    def _key(self, request: Request) -> "SSHPrivateKeyTypes":
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

        if self.type == "rsa":
            return rsa.generate_private_key(public_exponent=65_537, key_size=self._size)
        if self.type == "ecdsa":
            curves: dict[int, ec.EllipticCurve] = {256: ec.SECP256R1(), 384: ec.SECP384R1(), 521: ec.SECP521R1()}
            return ec.generate_private_key(curves[self._size])
        return ed25519.Ed25519PrivateKey.from_private_bytes(request.random(32))


def _fingerprint(line: bytes) -> str:
    """Return what ``ssh-keygen -l`` prints for a public key line."""
    from base64 import b64decode, b64encode
    from hashlib import sha256

    digest = sha256(b64decode(line.split(b" ")[1])).digest()
    return "SHA256:" + b64encode(digest).decode("ascii").rstrip("=")

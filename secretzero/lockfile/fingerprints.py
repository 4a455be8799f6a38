"""Keyed digests of values and definitions: testing a guess against them requires the project key."""

import hmac
from functools import cached_property

from attrs import field, frozen

from ..keys import Keyed, ProjectKey, enc


@frozen(eq=False, repr=False)
class Fingerprints:
    """Computes the digests of one project.

    A fingerprint is the first 128 bits of HMAC-SHA256 over the secret, the part, the generation and the value, each
    prefixed with its length. Equal values of other secrets, parts or generations have unrelated fingerprints.
    """

    key: ProjectKey
    project: str
    _definitions: dict[str, str] = field(factory=dict, init=False)

    def of(self, secret: str, part: str, op: str, canonical: bytes) -> str:
        """Return the fingerprint of one part (``""`` for the whole) of the value that `op` gave to a secret.

        `secret` is its id, which survives a rename; `canonical` is what `SecretValue.canonical()` returns.
        """
        name, piece = secret.encode(), part.encode("utf-8", "surrogatepass")
        message = b"%b%d:%b%d:%b%d:%b%d:%b" % (
            self._prefix,
            len(name),
            name,
            len(piece),
            piece,
            len(op),
            op.encode("ascii"),
            len(canonical),
            canonical,
        )
        return "h1:" + self._keyed.digest(message)[:16].hex()

    def definition(self, text: str) -> str:
        """Return the digest of a definition; equal definitions are computed once."""
        found = self._definitions.get(text)
        if found is None:
            message = enc("secretzero-definition-1", self.project, text)
            found = "d1:" + hmac.digest(self.key.definition, message, "sha256")[:16].hex()
            self._definitions[text] = found
        return found

    @cached_property
    def _keyed(self) -> Keyed:
        return Keyed(self.key.fingerprint)

    @cached_property
    def _prefix(self) -> bytes:
        return enc("secretzero-fp-1", self.project)

"""Signatures on the records of a lockfile: records that were edited, stripped or moved are detected."""

import hmac
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from attrs import frozen

from ..keys import Keyed, ProjectKey, enc
from .model import Lockfile
from .writing import Text, generation_text, head_text, object_text, target_text


class Edited(NamedTuple):
    """A record that SecretZero did not write in this form.

    `kind` is ``head``, ``generation``, ``target`` or ``object``; `secret` is the name of the secret (``""`` for an
    object); `key` is the record's own: the name, an op, or a URI.
    """

    secret: str
    kind: str
    key: str

    @property
    def path(self) -> tuple[str, ...]:
        """The path of the record in the file, key by key."""
        if self.kind == "object":
            return ("objects", self.key)
        place = {"generation": "generations", "target": "targets"}.get(self.kind)
        return ("secrets", self.secret, place, self.key) if place else ("secrets", self.secret)


@frozen(eq=False, repr=False)
class Signer:
    """Signs and checks the records of one project.

    A signature covers the text of the record and its place: project, kind of record, id of the secret, and the
    record's own key (the secret's name, an op, a URI). Copying a record without moving it never needs the key.
    """

    key: ProjectKey
    project: str

    def mac(self, kind: str, identity: str, key: str, text: Text) -> str:
        """Return the signature of a record of this kind, with the id of its secret, its own key and its text."""
        body = text.before + text.after
        covered = f"{len(identity)}:{identity}{len(key)}:{key}{len(body)}:{body}".encode("utf-8", "surrogatepass")
        return "m1:" + self._keyed.digest(self._places[kind] + covered)[:16].hex()

    def verify(self, lockfile: Lockfile) -> list[Edited]:
        """List the records whose signature by this key for this project is missing or wrong."""
        if lockfile.schema == 1:
            return []
        same = hmac.compare_digest
        return [
            Edited(name, kind, key)
            for name, kind, key, found, expected in self._expected(lockfile)
            if not same(found.encode("utf-8", "surrogatepass"), expected.encode())
        ]

    def _expected(self, lockfile: Lockfile) -> Iterator[tuple[str, str, str, str, str]]:
        mac = self.mac
        for name, entry in lockfile.secrets.items():
            yield name, "head", name, entry.mac, mac("head", entry.id, name, head_text(entry))
            for op, made in entry.generations.items():
                yield name, "generation", op, made.mac, mac("generation", entry.id, op, generation_text(made))
            for uri, record in entry.targets.items():
                yield name, "target", uri, record.mac, mac("target", entry.id, uri, target_text(record))
        for uri, known in lockfile.objects.items():
            yield "", "object", uri, known.mac, mac("object", "", uri, object_text(known))

    @cached_property
    def _keyed(self) -> Keyed:
        return Keyed(self.key.mac)

    @cached_property
    def _places(self) -> Mapping[str, bytes]:
        kinds = ("head", "generation", "target", "object")
        return {kind: enc("secretzero-mac-1", self.project, kind) for kind in kinds}

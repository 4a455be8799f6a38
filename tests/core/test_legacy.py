"""Lockfiles of the public 0.14, read so that no value has to be replaced."""

import hashlib
import json

import pytest
from lockfiles import SIGNER

from secretzero.errors import LockfileError
from secretzero.keys import named_id
from secretzero.lockfile.document import parse_lockfile
from secretzero.lockfile.legacy import adopt, digests, verify_legacy
from secretzero.lockfile.model import Entry
from secretzero.lockfile.writing import render_lockfile
from secretzero.values import Material, SecretValue

NAME = ".gitsecrets.lock"


def sha(value: object) -> str:
    """Digest a value as 0.14 did: text as it is, anything else as compact sorted JSON."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def old_entry(value: object, created: str = "2026-04-14T16:46:12.093020+00:00", **fields: object) -> dict[str, object]:
    """Write an entry as 0.14 did."""
    digest = sha(value)
    return {
        "hash": digest,
        "created_at": created,
        "updated_at": created,
        "last_rotated": None,
        "rotation_count": 0,
        "targets": {"local/file//Users/zoe/.env": digest},
        "target_provenance": {
            "local/file//Users/zoe/.env": [{"updated_at": created, "actor": {"os_user": "zoe", "hostname": "zoes-mac"}}]
        },
        **fields,
    }


def old_file(secrets: dict[str, object]) -> bytes:
    """Write a file as 0.14 did."""
    secretfile = {
        "filename": "Secretfile.yml",
        "hash": "9b" * 32,
        "synced_at": "2026-04-13T00:17:14.742776+00:00",
        "var_files": [],
        "variables_hash": None,
        "sync_identity": {"client": "cli", "os_user": "zoe", "git_user_email": "zoe@example.com"},
    }
    return json.dumps(
        {"version": "1.0", "secrets": secrets, "secretfile": secretfile, "metadata": {}}, indent=2
    ).encode()


def entry_of(value: object, **fields: object) -> Entry:
    """Read one entry back."""
    return parse_lockfile(old_file({"a": old_entry(value, **fields)}), NAME).secrets["a"]


class TestReading:
    def test_a_plain_entry(self):
        """Digest, dates in our form, and the count of rotations are kept; there is no generation yet."""
        entry = entry_of("v", last_rotated="2026-05-01T02:00:00+02:00", rotation_count=3)
        assert entry == Entry(
            "",
            "",
            "2026-04-14T16:46:12Z",
            rotated_at="2026-05-01T00:00:00Z",
            rotation_count=3,
            legacy=f"sha256:{sha('v')}",
        )

    def test_the_schema_is_recorded(self):
        """The lockfile says that it is of schema 1, and belongs to no project and no key."""
        lockfile = parse_lockfile(old_file({}), NAME)
        assert (lockfile.schema, lockfile.project, lockfile.key) == (1, "", None)

    def test_template_fields_become_one_unit(self):
        """Entries NAME.FIELD are one secret, with the oldest dates and a digest for each field."""
        secrets = {
            "db.user": old_entry("u", "2026-04-14T16:46:12+00:00", rotation_count=1),
            "db.password": old_entry("p", "2026-03-14T16:46:12+00:00", last_rotated="2026-06-01T00:00:00+00:00"),
            "plain": old_entry("x"),
        }
        lockfile = parse_lockfile(old_file(secrets), NAME)
        entry = lockfile.secrets["db"]
        assert set(lockfile.secrets) == {"db", "plain"}
        assert digests(entry) == {"user": sha("u"), "password": sha("p")}
        assert (entry.created_at, entry.rotated_at) == ("2026-03-14T16:46:12Z", "2026-04-14T16:46:12Z")
        assert entry.rotation_count == 1

    def test_names_of_people_and_machines_are_dropped(self):
        """Users, hosts, mail addresses and paths outside of the project are dropped."""
        lockfile = adopt(parse_lockfile(old_file({"a": old_entry("v")}), NAME), "prj_1")
        content, _ = render_lockfile(lockfile, SIGNER)
        for personal in (b"zoe", b"Users", b"example.com", b"actor"):
            assert personal not in content

    def test_adopted_entries_have_their_ids(self):
        """As schema 2 each entry has the id of its name, keeps its digest, and is signed by the first save."""
        lockfile = adopt(parse_lockfile(old_file({"a": old_entry("v")}), NAME), "prj_1")
        assert lockfile.schema == 2
        assert lockfile.secrets["a"].id == named_id("prj_1", "a")
        assert lockfile.secrets["a"].legacy == f"sha256:{sha('v')}"

    @pytest.mark.parametrize(
        ("change", "line_of"),
        [
            ({"hash": "abc123"}, '"hash"'),
            ({"hash": None}, '"hash"'),
            ({"rotation_count": "3"}, '"rotation_count"'),
            ({"rotation_count": -1}, '"rotation_count"'),
            ({"created_at": "long ago"}, '"created_at"'),
            ({"last_rotated": 7}, '"last_rotated"'),
            ({"created_at": None}, '"a": {'),
        ],
    )
    def test_a_wrong_shape_is_refused_with_its_line(self, change: dict[str, object], line_of: str):
        """What 0.14 cannot have written is refused like any other bad lockfile."""
        content = old_file({"a": {**old_entry("v"), **change}})
        with pytest.raises(LockfileError) as caught:
            parse_lockfile(content, NAME)
        assert caught.value.line == content[: content.index(line_of.encode())].count(b"\n") + 1

    @pytest.mark.parametrize(
        "content", [b'{"version": "1.0",\n"secrets": []}', b'{"version": "1.0",\n"secrets": {"a": 1}}']
    )
    def test_secrets_must_be_maps(self, content: bytes):
        """A list of secrets, or a secret that is not a map, is refused."""
        with pytest.raises(LockfileError, match="must be a map") as caught:
            parse_lockfile(content, NAME)
        assert caught.value.line == 2


class TestVerifying:
    @pytest.mark.parametrize(
        "value", ["", "v", "é", {"a": 1, "b": "ü"}, ["x", None, 1.5], 5, True, None, "[1, 2]", '{"b":1}']
    )
    def test_the_same_value_is_recognised(self, value: Material):
        """Text, maps, lists and scalars match the digest that 0.14 made of them; other values do not."""
        entry = entry_of(value)
        assert verify_legacy(entry, SecretValue(value))
        assert not verify_legacy(entry, SecretValue("other"))

    def test_a_map_that_was_read_back_as_text_is_recognised(self):
        """A file may give a map back as JSON of any layout."""
        assert verify_legacy(entry_of({"b": "é", "a": 1}), SecretValue('{ "b": "\\u00e9",\n "a": 1 }'))

    def test_a_field_is_compared_with_its_own_digest(self):
        """The digest of one field says nothing about another, and an unknown field matches nothing."""
        entry = parse_lockfile(old_file({"db.user": old_entry("u"), "db.password": old_entry("p")}), NAME).secrets["db"]
        assert verify_legacy(entry, SecretValue("u"), "user")
        assert not verify_legacy(entry, SecretValue("u"), "password")
        assert not verify_legacy(entry, SecretValue("u"), "host")
        assert not verify_legacy(entry, SecretValue("u"))

    def test_the_token_reduction_is_accepted_and_reported(self):
        """A map whose part `token` was stored alone is known by the digest of the part."""
        assert verify_legacy(entry_of("t0k3n"), SecretValue({"token": "t0k3n", "id": 7}))
        assert not verify_legacy(entry_of({"token": "t0k3n", "id": 7}), SecretValue("t0k3n"))

    def test_text_that_looks_like_a_bomb_is_only_text(self):
        """Deeply nested brackets are hashed as the text that they are."""
        bomb = "[" * 100_000
        assert verify_legacy(entry_of(bomb), SecretValue(bomb))
        assert not verify_legacy(entry_of("v"), SecretValue(bomb))

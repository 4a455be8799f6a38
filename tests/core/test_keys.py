"""The project key, what is derived from it, and sealing."""

import hashlib
import os
import subprocess
import sys
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secretzero.errors import LockfileError, UsageError
from secretzero.keys import ProjectKey, Sealer, SealError, enc, hkdf, named_id, new_id, new_op

KEY = ProjectKey(bytes(range(32)))
ALPHABET = set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

RFC_5869 = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
NONCE = b"ABCDEFGHIJKLMNOPQRSTUVWX"
XAES = [
    (b"\x01" * 32, b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
    (b"\x03" * 32, b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
]


class TestDerivation:
    def test_hkdf_gives_the_published_answer(self):
        """The first block of the SHA-256 test case without salt of RFC 5869, appendix A.3."""
        assert hkdf(b"\x0b" * 22, b"").hex() == RFC_5869

    @settings(deadline=None)
    @given(st.binary(min_size=1), st.binary())
    def test_hkdf_agrees_with_another_implementation(self, key: bytes, info: bytes):
        """For any input the answer is that of the cryptography package."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        assert hkdf(key, info) == HKDF(SHA256(), 32, None, info).derive(key)

    def test_each_purpose_has_its_own_key(self):
        """No two derived keys are equal, none is the key itself, and another project has others."""
        mine, other = (
            {key.fingerprint, key.mac, key.journal, key.definition, key.plan, key.secret}
            for key in (KEY, ProjectKey(b"\x01" * 32))
        )
        assert len(mine) == len(other) == 6
        assert not mine & other


class TestProjectKey:
    @settings(deadline=None)
    @given(st.binary(min_size=32, max_size=32))
    def test_text_reads_back(self, secret: bytes):
        """What a key renders to is the key again, also with the white space of a paste around it."""
        key = ProjectKey(secret)
        assert ProjectKey.from_text(f" {key.to_text()}\n") == key

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "szkey1:",
            "szkey1:ä" * 9,
            KEY.to_text()[7:],
            KEY.to_text() + "A",
            KEY.to_text() + "=",
            KEY.to_text()[:-1],
            KEY.to_text()[:-1] + "/",
            KEY.to_text()[:-1] + "B",
            KEY.to_text().replace("szkey1", "szkey2"),
        ],
    )
    def test_an_invalid_key_is_refused_without_being_shown(self, text: str):
        """The error for a shortened, extended or otherwise wrong text does not repeat it."""
        with pytest.raises(UsageError) as refused:
            ProjectKey.from_text(text)
        assert len(text) < 12 or text not in f"{refused.value} {refused.value.hint}"

    def test_nothing_shows_it(self):
        """Neither repr nor str nor format holds a byte of the key."""
        for shown in (repr(KEY), str(KEY), f"{KEY}"):
            assert shown == "ProjectKey()"

    def test_id_and_check_name_the_key(self):
        """They have their published form, and differ between keys."""
        other = ProjectKey.new(os.urandom)
        assert KEY.id.startswith("key_")
        assert len(KEY.id) == 10
        assert len(bytes.fromhex(KEY.check)) == 4
        assert (KEY.id, KEY.check) != (other.id, other.check)

    def test_a_key_of_another_size_is_refused(self):
        """A key must not have thirty-one bytes."""
        with pytest.raises(UsageError):
            ProjectKey(bytes(31))


class TestSealing:
    @pytest.mark.parametrize(("key", "aad", "expected"), XAES)
    def test_it_gives_the_published_answers(self, key: bytes, aad: bytes, expected: str):
        """The two test vectors of the C2SP specification of XAES-256-GCM."""
        sealer = Sealer(key, lambda _size: NONCE)
        sealed = sealer.seal(b"XAES-256-GCM", aad)
        assert sealed == NONCE + bytes.fromhex(expected)
        assert sealer.unseal(sealed, aad) == b"XAES-256-GCM"

    def test_ten_thousand_records_give_the_published_digest(self):
        """The accumulated test of the specification: keys, nonces, texts and context from SHAKE-128."""
        stream, place = hashlib.shake_128().digest(4_000_000), 0

        def take(size: int) -> bytes:
            nonlocal place
            place += size
            return stream[place - size : place]

        digest = hashlib.shake_128()
        for _ in range(10_000):
            key, nonce = take(32), take(24)
            plaintext = take(take(1)[0])
            aad = take(take(1)[0])
            digest.update(Sealer(key, lambda _size, nonce=nonce: nonce).seal(plaintext, aad)[24:])
        assert digest.hexdigest(32) == "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"

    @settings(deadline=None)
    @given(st.binary(), st.binary())
    def test_what_is_sealed_opens(self, plaintext: bytes, aad: bytes):
        """Sealing and opening are inverse."""
        sealer = Sealer(KEY.journal, os.urandom)
        assert sealer.unseal(sealer.seal(plaintext, aad), aad) == plaintext

    def test_any_changed_bit_is_found(self):
        """Each bit of a sealed record, each cut of it, another context and another key are an error."""
        sealer = Sealer(KEY.journal, os.urandom)
        sealed = sealer.seal(b"value", b"place")
        number = int.from_bytes(sealed, "big")
        wrong = [(number ^ 1 << bit).to_bytes(len(sealed), "big") for bit in range(8 * len(sealed))]
        wrong += [sealed[:size] for size in range(len(sealed))] + [sealed + b"\0"]
        for text in wrong:
            with pytest.raises(SealError):
                sealer.unseal(text, b"place")
        with pytest.raises(SealError):
            sealer.unseal(sealed, b"other place")
        with pytest.raises(SealError):
            Sealer(KEY.mac, os.urandom).unseal(sealed, b"place")

    def test_a_broken_seal_counts_as_a_broken_lockfile_or_journal(self):
        """Whoever catches LockfileError catches it."""
        assert issubclass(SealError, LockfileError)

    def test_equal_records_look_unrelated(self):
        """Two seals of one text share neither nonce nor text."""
        sealer = Sealer(KEY.journal, os.urandom)
        one, two = sealer.seal(b"same", b""), sealer.seal(b"same", b"")
        assert one[:24] != two[:24]
        assert one[24:] != two[24:]


class TestEnc:
    @settings(deadline=None)
    @given(st.lists(st.binary(max_size=4)), st.lists(st.binary(max_size=4)))
    def test_different_tuples_give_different_bytes(self, one: list[bytes], two: list[bytes]):
        """The joined form is equal only for equal tuples."""
        assert (enc(*one) == enc(*two)) == (one == two)

    def test_a_part_cannot_pretend_to_be_two(self):
        """What looks like a length inside a part does not split it."""
        assert len({enc("a", "b"), enc("ab"), enc("", "ab"), enc("ab", ""), enc("1:a", "b"), enc("a1:b")}) == 6


class TestOps:
    def test_an_op_sorts_by_its_moment(self):
        """Ops of later milliseconds are greater, whatever the random part is."""
        random = Random(1)
        ops = [new_op(ms, random.randbytes) for ms in (0, 1, 31, 32, 1023, 1024, 1_764_000_000_000, 2**48 - 1)]
        assert ops == sorted(ops)
        assert all(len(op) == 26 and set(op) <= ALPHABET for op in ops)

    def test_ops_of_one_sequence_only_grow(self):
        """Each op is greater than the one before it, while the clock stands still and when it goes back."""
        random, last = Random(2), ""
        for step in range(2000):
            op = new_op(1_764_000_000_000 - step // 50, random.randbytes, after=last)
            assert op > last
            assert len(op) == 26
            last = op

    def test_a_full_random_part_carries_into_the_moment(self):
        """After the last op of a millisecond comes the first of the next."""
        assert (
            new_op(0, lambda size: b"\xff" * size, after="0000000000ZZZZZZZZZZZZZZZZ") == "00000000010000000000000000"
        )

    def test_ids_are_random_and_named_ones_are_not(self):
        """A new id is different each time; the id of a name is the same everywhere in a project, and only there."""
        assert new_id("prj", os.urandom) != new_id("prj", os.urandom)
        assert set(new_id("prj", os.urandom)[4:]) <= ALPHABET
        assert named_id("prj_a", "db") == named_id("prj_a", "db") != named_id("prj_b", "db")
        assert named_id("prj_a", "db") != named_id("prj_a", "d")


def test_the_module_is_light():
    """Importing it loads no cryptography; only sealing does."""
    code = "import sys, secretzero.keys; assert not any(name.startswith('cryptography') for name in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)

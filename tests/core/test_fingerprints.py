"""Fingerprints: keyed digests, against which a guess cannot be tested without the key."""

import hashlib
import hmac
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from secretzero.keys import ProjectKey, enc
from secretzero.lockfile.fingerprints import Fingerprints
from secretzero.values import SecretValue

KEY = ProjectKey(bytes(range(32)))
FINGERPRINTS = Fingerprints(KEY, "prj_a")
OP = "01JDX0000000000000000000XX"


@settings(deadline=None)
@given(st.text(), st.text(), st.binary())
def test_it_is_the_published_formula(secret: str, part: str, value: bytes):
    """The first 128 bits of HMAC-SHA256 over the length-prefixed tuple of the specification."""
    message = enc("secretzero-fp-1", "prj_a", secret, part, OP, value)
    expected = hmac.new(KEY.fingerprint, message, "sha256").hexdigest()[:32]
    assert FINGERPRINTS.of(secret, part, OP, value) == f"h1:{expected}"


def test_equal_values_have_unrelated_fingerprints():
    """A hundred thousand places of one value: no two fingerprints are equal, or share more than chance allows."""
    found = [
        FINGERPRINTS.of(f"sec_{secret}", part, f"{op:026d}", b"hunter2")
        for secret in range(100)
        for part in ("", "user")
        for op in range(500)
    ]
    assert len(set(found)) == len(found) == 100_000
    same_nibbles = sum(a == b for one, two in pairwise(found) for a, b in zip(one[3:], two[3:], strict=True))
    assert abs(same_nibbles / (32 * len(found)) - 1 / 16) < 0.001


def test_another_project_or_key_has_other_fingerprints():
    """Neither the project's id nor its key can be left out."""
    others = [Fingerprints(KEY, "prj_b"), Fingerprints(ProjectKey(b"\1" * 32), "prj_a"), FINGERPRINTS]
    assert len({fingerprints.of("sec", "", OP, b"v") for fingerprints in others}) == 3


def test_a_guess_cannot_be_tested_without_the_key():
    """A PIN, hashed with whatever the public file holds in place of the key, does not meet its fingerprint."""
    pin = b"246813"
    target = FINGERPRINTS.of("sec_pin", "", OP, pin)[3:]
    public = [b"", b"prj_a", b"sec_pin", OP.encode(), KEY.id.encode(), KEY.check.encode()]
    message = enc("secretzero-fp-1", "prj_a", "sec_pin", "", OP)
    for guess in (pin, *(b"%06d" % number for number in range(0, 1_000_000, 97))):
        assert hashlib.sha256(message + b"6:" + guess).hexdigest()[:32] != target
    for key in public:
        assert hmac.digest(key, message + b"6:" + pin, "sha256")[:16].hex() != target


def test_length_and_prefix_of_a_value_do_not_show():
    """All fingerprints have the same length, and a common prefix of values does not show in them."""
    found = [FINGERPRINTS.of("sec", "", OP, b"a" * size) for size in range(200)]
    assert {len(text) for text in found} == {35}
    assert len({text[:11] for text in found}) == 200


def test_the_input_is_the_canonical_form_of_a_value():
    """Maps count whatever the order of their keys; text and its JSON look-alike differ by what they say."""
    one, two = SecretValue({"a": 1, "b": "é"}), SecretValue({"b": "é", "a": 1})
    assert FINGERPRINTS.of("sec", "", OP, one.canonical()) == FINGERPRINTS.of("sec", "", OP, two.canonical())
    assert one.canonical() == '{"a":1,"b":"é"}'.encode()


def test_definitions_are_keyed_too():
    """Equal definitions have equal digests in one project, and others in another; a fingerprint is none of them."""
    assert FINGERPRINTS.definition("random_password {}") == FINGERPRINTS.definition("random_password {}")
    assert FINGERPRINTS.definition("a") != FINGERPRINTS.definition("b")
    assert FINGERPRINTS.definition("a") != Fingerprints(KEY, "prj_b").definition("a")
    assert FINGERPRINTS.definition("a").startswith("d1:")


def test_nothing_shows_the_key():
    """The object that holds the key does not print it."""
    assert KEY.secret.hex() not in repr(FINGERPRINTS)
    assert "h1:" not in repr(FINGERPRINTS)

"""SSH key pairs are what OpenSSH itself would have made."""

import shutil
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest

from secretzero.protocols import Constraints, Request
from secretzero.sources.ssh_keys import SshKeypair

KINDS = [
    ({}, "ED25519", 256, 128),
    ({"type": "rsa"}, "RSA", 3072, 128),
    ({"type": "rsa", "bits": 2048}, "RSA", 2048, 112),
    ({"type": "ecdsa"}, "ECDSA", 256, 128),
    ({"type": "ecdsa", "bits": 384}, "ECDSA", 384, 192),
    ({"type": "ecdsa", "bits": 521}, "ECDSA", 521, 260),
]


def made(**options: Any) -> dict[str, str]:
    """Make a key pair."""
    return SshKeypair(**options).obtain(Request("k", random=Random(1).randbytes)).reveal()  # type: ignore[return-value]


@pytest.fixture
def ssh_keygen() -> str:
    """Return the program of OpenSSH; a machine without it skips, and says so."""
    found = shutil.which("ssh-keygen")
    if not found:
        pytest.skip("ssh-keygen is not installed")
    return found


@pytest.mark.parametrize(("options", "name", "size", "bits"), KINDS)
def test_ssh_keygen_accepts_it(
    ssh_keygen: str, tmp_path: Path, options: dict[str, Any], name: str, size: int, bits: int
):
    """ssh-keygen derives the same public key from the private one, and prints the same fingerprint."""
    pair = made(comment="ci@example.org", **options)
    private = Path(tmp_path, "key")
    private.touch(mode=0o600)
    private.write_text(pair["private_key"])
    Path(tmp_path, "key.pub").write_text(pair["public_key"] + "\n")
    public = subprocess.run([ssh_keygen, "-y", "-P", "", "-f", private], capture_output=True, text=True, check=True)
    assert public.stdout.split()[:2] == pair["public_key"].split()[:2]
    shown = subprocess.run([ssh_keygen, "-l", "-f", f"{private}.pub"], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == f"{size} {pair['fingerprint']} ci@example.org ({name})"


@pytest.mark.parametrize(("options", "name", "size", "bits"), KINDS)
def test_its_strength(options: dict[str, Any], name: str, size: int, bits: int):
    """A key is as strong as the literature says, which is less than the randomness in it."""
    assert SshKeypair(**options).bits(Constraints()) == bits


def test_its_parts():
    """Only the private key, and the whole, are secret; without a comment the public key line ends with the key."""
    pair = made()
    assert set(pair) == set(SshKeypair.parts) - {""}
    assert [part for part, secret in SshKeypair.parts.items() if secret] == ["", "private_key"]
    assert len(pair["public_key"].split(" ")) == 2


def test_an_ed25519_key_comes_from_the_randomness_that_was_handed_in():
    """The same randomness makes the same Ed25519 key."""
    assert made()["public_key"] == made(bits=3072)["public_key"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"type": "rsa", "bits": 1024}, "bits must be between 2048"),
        ({"type": "rsa", "bits": 20_000}, "bits must be between 2048"),
        ({"type": "ecdsa", "bits": 3072}, "bits must be 256, 384 or 521"),
        ({"comment": "a\nssh-rsa AAAA"}, "comment must be one line"),
    ],
)
def test_options_that_make_no_key(options: dict[str, Any], message: str):
    """A size or comment that OpenSSH would not take is refused."""
    with pytest.raises(ValueError, match=message):
        SshKeypair(**options)

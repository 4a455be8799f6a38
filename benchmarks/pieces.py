"""What parts cost within one process, against a bare reference or less of the same: ratios of processor time."""

import hmac
import json
import os
import re
import secrets
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from lockfiles import KEY, PROJECT, SIGNER, entry_of, op_of

from secretzero.formats import FORMATS
from secretzero.keys import Sealer
from secretzero.lockfile.document import parse_lockfile
from secretzero.lockfile.fingerprints import Fingerprints
from secretzero.lockfile.model import KeyRecord, Lockfile
from secretzero.lockfile.writing import render_lockfile
from secretzero.protocols import Request
from secretzero.sources.passwords import RandomPassword
from secretzero_cli.child.redaction import Redactor

COUNT = 5000
Work = Callable[[], object]


def drawing() -> tuple[Work, Work]:
    """Draw passwords, against choosing as many characters one by one."""
    options, request = RandomPassword(), Request("db", random=os.urandom)
    alphabet = "".join(map(chr, range(48, 125)))

    def chosen() -> None:
        for _ in range(200):
            "".join(secrets.choice(alphabet) for _ in range(32))

    return lambda: [options.obtain(request) for _ in range(200)], chosen


def sealing() -> tuple[Work, Work]:
    """Seal records, against AES-GCM with one key and no derivation."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    sealer, bare = Sealer(KEY.journal, os.urandom), AESGCM(KEY.journal)
    return (
        lambda: [sealer.seal(b"v" * 64, b"place") for _ in range(COUNT)],
        lambda: [bare.encrypt(os.urandom(12), b"v" * 64, b"place") for _ in range(COUNT)],
    )


def fingerprints() -> tuple[Work, Work]:
    """Make fingerprints, against the bare HMAC of as many bytes."""
    ours = Fingerprints(KEY, PROJECT)
    return (
        lambda: [ours.of("sec_0123456789ABCDEF", "", op_of(1), b"v" * 32) for _ in range(COUNT)],
        lambda: [hmac.digest(KEY.fingerprint, b"v" * 100, "sha256").hex() for _ in range(COUNT)],
    )


def lockfile() -> tuple[Work, Work]:
    """Sign, write, read and verify a lockfile, against JSON there and back and as many digests."""
    entries = {f"secret_{n}": entry_of(f"sec_{n}", op_of(n)) for n in range(COUNT)}
    unsigned = Lockfile(PROJECT, KeyRecord(KEY.id, KEY.check), entries)
    plain = json.loads(render_lockfile(unsigned, SIGNER)[0])

    def ours() -> None:
        SIGNER.verify(parse_lockfile(render_lockfile(unsigned, SIGNER)[0], "x"))

    def bare() -> None:
        json.loads(json.dumps(plain))
        for _ in range(6 * COUNT):
            hmac.digest(KEY.fingerprint, b"v" * 100, "sha256")

    return ours, bare


def redacting() -> tuple[Work, Work]:
    """Hide five thousand values in 2 MB of output, against finding the words of that output."""
    values = [secrets.token_urlsafe(24) for _ in range(COUNT)]
    text = b"2026-11-21T09:28:24Z an ordinary line of a log file, of some length\n" * 30_000
    return lambda: Redactor(values).feed(text), lambda: re.findall(rb"[^ \n]+", text)


def editing() -> tuple[Work, Work]:
    """Edit every one of 8,000 keys of a `.env` file, against eight files of 1,000."""

    def edited(count: int) -> Callable[[], bytes]:
        fields = {f"KEY_{number}": f"some value {number}" for number in range(count)}
        text, others = FORMATS["dotenv"].edit(None, fields), {name: value + "!" for name, value in fields.items()}
        return lambda: FORMATS["dotenv"].edit(text, others)

    large, small = edited(8000), edited(1000)
    return large, lambda: [small() for _ in range(8)]


FIGURES = {
    "passwords / secrets.choice": (drawing, 1 / 7),
    "sealing / AES-GCM": (sealing, 4),
    "fingerprints / HMAC": (fingerprints, 3),
    "lockfile / JSON and digests": (lockfile, 5),
    "redaction / words": (redacting, 20),
    "8,000 keys / 8 x 1,000": (editing, 1.3),
}


def seconds(work: Work) -> float:
    """Return the processor time of one call."""
    before = time.process_time()
    work()
    return time.process_time() - before


def main() -> int:
    """Print one line for each figure; exit 1 when one missed its limit."""
    missed = 0
    for name, (made, limit) in FIGURES.items():
        ours, reference = made()
        seconds(ours), seconds(reference)
        pairs = [(seconds(ours), seconds(reference)) for _ in range(11)]
        mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
        verdict = "reached" if mine <= limit * theirs else "MISSED"
        missed += verdict == "MISSED"
        print(f"{name:<30} {mine / theirs:6.2f} x  (limit {limit:.3g}, {verdict})  {mine * 1000:.1f} ms")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

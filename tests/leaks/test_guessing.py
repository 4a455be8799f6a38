"""What a public lockfile tells somebody without the key: nothing that a guess could be tried against."""

import base64
import getpass
import hashlib
import hmac
import itertools
import json
import platform
import random
import re
import string
from collections.abc import Callable, Iterator
from pathlib import Path

from projects import Machine

from secretzero.keys import ProjectKey, enc
from secretzero.lockfile.fingerprints import Fingerprints
from secretzero.testing.fakes import Dice

Recorder = Callable[[str, object], None]
COMMON = """
123456 password 12345678 qwerty 123456789 12345 1234 111111 1234567 dragon 123123 baseball abc123 football
monkey letmein shadow master 666666 qwertyuiop 123321 mustang 1234567890 michael 654321 superman 1qaz2wsx
7777777 121212 000000 qazwsx 123qwe killer trustno1 jordan jennifer zxcvbnm asdfgh hunter buster soccer harley
batman andrew tigger sunshine iloveyou 2000 charlie robert thomas hockey ranger daniel starwars klaster 112233
george computer michelle jessica pepper 1111 zxcvbn 555555 11111111 131313 freedom 777777 pass maggie 159753
aaaaaa ginger princess joshua cheese amanda summer love ashley nicole chelsea biteme matthew access yankees
987654321 dallas austin thunder taylor matrix changeme admin root toor test guest secret s3cret default letmein1
welcome Passw0rd P@ssw0rd correcthorse hunter2 postgres redis
""".split()
WORDS = "correct horse battery staple"
PIN = "482913"
OUTSIDE = "../../outside-of-wilhelmina/token.txt"
PASSWORDS = ("hunter2", "letmein1", "trustno1")


def declared(name: str, what: str, path: str) -> str:
    """Return a secret of a manifest, with one target in a file."""
    target = f"{{provider: local, kind: file, config: {{path: {path}, key: {name.upper()}}}}}"
    return f"{{name: {name}, {what}, targets: [{target}]}}"


def machine(folder: Path) -> Machine:
    """Return a machine whose home, name and outside files can be recognised."""
    found = Machine(folder / "home-of-wilhelmina", folder / "work-of-wilhelmina" / "shop")
    found.environ.update(
        {
            "USER": "wilhelmina",
            "LOGNAME": "wilhelmina",
            "HOSTNAME": "host-of-wilhelmina",
            "EMAIL": "wilhelmina@example.org",
        }
    )
    (folder / "outside-of-wilhelmina").mkdir()
    (folder / "outside-of-wilhelmina" / "token.txt").write_text(PASSWORDS[2])
    return found


def synced(folder: Path) -> Machine:
    """Make values that are easy to guess, and record them."""
    found = machine(folder)
    secrets = [
        declared("door", "kind: static", ".env"),
        declared("gate", "kind: pin", ".env"),
        declared("url", "kind: derived, config: {template: 'postgres://app:{{ secret.door }}@db/x'}", ".env"),
        declared("words", "kind: static", "app.json"),
        declared("site", "kind: static, config: {value: {user: app, password: null}}", "app.json"),
        declared("token", f"kind: static, source: {{kind: file, config: {{path: {OUTSIDE}}}}}", "app.toml"),
        declared("mine", "kind: passphrase, local: true", ".env.local"),
    ]
    found.manifest(*secrets)
    found.environ.update({"DOOR": PIN, "WORDS": WORDS, "SITE_PASSWORD": PASSWORDS[0]})
    found.environ["SECRETZERO_TRUST"] = trusted(found)
    report = found.sync()
    assert not report.failed, [outcome.error for outcome in report.failed]
    found.set("door", PASSWORDS[1])
    found.rotate("gate")
    return found


def trusted(found: Machine) -> str:
    """Return the digest that allows the file outside of the project, as the refusal shows it."""
    [error] = [each.error for each in found.engine().sync(dry_run=True).failed if each.step.secret == "token"]
    assert error is not None
    return re.findall(r"\b[0-9a-f]{64}\b", f"{error} {error.hint}")[0]


def texts_in(content: bytes) -> set[str]:
    """Return every text of a JSON document, and its pieces behind a colon."""
    found = set[str]()

    def walk(each: object) -> None:
        if isinstance(each, dict):
            for key, value in each.items():
                found.update(key.split(":"))
                walk(value)
        elif isinstance(each, list):
            for value in each:
                walk(value)
        elif isinstance(each, str):
            found.update({each, *each.split(":")})

    walk(json.loads(content))
    return found


def digests(guess: bytes, keys: tuple[bytes, ...], salts: tuple[bytes, ...]) -> Iterator[bytes]:
    """Yield what a careless tool could have written of a value: plain, salted with what is public, or keyed with it."""
    for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s"):
        yield hashlib.new(name, guess, usedforsecurity=False).digest()
    for salt in salts:
        yield hashlib.sha256(salt + guess).digest()
        yield hashlib.sha256(guess + salt).digest()
    for key in keys:
        yield hmac.digest(key, guess, "sha256")
        yield hmac.digest(guess, key, "sha256")


def shown(digest: bytes) -> Iterator[str]:
    """Yield the beginnings by which a digest would be recognised, in hexadecimal and base64."""
    yield digest.hex()[:8]
    yield base64.urlsafe_b64encode(digest).decode()[:8]


class TestGuessing:
    def test_no_guess_can_be_tried_without_the_key(self, tmp_path: Path, record_property: Recorder):
        """All 6-digit PINs, passphrases and common passwords: no digest of one, plain, salted or keyed, is there."""
        found = synced(tmp_path)
        content = (found.folder / ".gitsecrets.lock").read_bytes()
        local = (found.folder / ".gitsecrets.local.lock").read_bytes()
        texts = texts_in(content) | texts_in(local)
        begins = {text[:8] for text in texts if len(text) >= 8} | {text[:8].lower() for text in texts if len(text) >= 8}
        public = tuple(text.encode() for text in sorted(texts) if text.startswith(("prj_", "sec_", "key_")))
        tried = 0
        for number in range(1_000_000):
            tried += 1
            assert hashlib.sha256(b"%06d" % number).hexdigest()[:8] not in begins
        guesses = [PIN, WORDS, *PASSWORDS, *COMMON, *(f"{number:06d}" for number in range(0, 1_000_000, 500))]
        for guess in map(str.encode, guesses):
            for digest in digests(guess, (b"", *public[:2]), public[:2]):
                tried += 1
                assert not begins.intersection(shown(digest)), guess
        record_property("figure", f"G12: {1_000_000 + len(guesses)} guesses, {tried} digests: 0 recovered")

    def test_the_fingerprint_of_a_guess_needs_the_key(self, tmp_path: Path):
        """With everything that is public, and keys that somebody could guess, no guess has the recorded fingerprint."""
        found = synced(tmp_path)
        lockfile = found.lockfile
        entry = lockfile.secrets["door"]
        known = {value for generation in entry.generations.values() for value in generation.fingerprints.values()}
        op = entry.current or ""
        material = [
            b"\0" * 32,
            b"\xff" * 32,
            *(hashlib.sha256(text.encode()).digest() for text in (*COMMON, lockfile.project)),
        ]
        for raw in material:
            prints = Fingerprints(ProjectKey.new(lambda size, raw=raw: raw[:size]), lockfile.project)
            for guess in (*PASSWORDS, PIN, *COMMON[:20]):
                assert prints.of(entry.id, "", op, guess.encode()) not in known
        right = found.state / "secretzero" / "keys" / lockfile.project
        mine = Fingerprints(ProjectKey.from_text(right.read_text().strip()), lockfile.project)
        assert mine.of(entry.id, "", op, PASSWORDS[1].encode()) in known

    def test_the_name_and_check_of_a_key_are_not_the_key(self, tmp_path: Path):
        """What the lockfile says of its key is too short to be it, and no part of it."""
        found = synced(tmp_path)
        [path] = (found.state / "secretzero" / "keys").glob(found.lockfile.project)
        text, key = path.read_text().strip(), found.lockfile.key
        assert key is not None
        for public in (key.id, key.check, key.id.partition("_")[2]):
            assert public not in text
        assert len(key.check) <= 16


class TestLikeness:
    def test_equal_values_have_unrelated_fingerprints(self, record_property: Recorder):
        """10^5 pairs of equal values, in other secrets, parts, generations, projects or under other keys."""
        chance = random.Random(5)
        keys = [ProjectKey.new(Dice(number)) for number in range(4)]
        prints = [Fingerprints(key, project) for key in keys for project in ("prj_A", "prj_B", "prj_AB")]
        names = sorted({"".join(chance.choices("ab:/", k=chance.randrange(1, 6))) for _ in range(90)})
        several = itertools.product(range(len(prints)), names[::2], names[1::2], ("1", "11", "2"))
        places = chance.sample(list(several), 12_000)
        pairs = 0
        for value in (b"", b"1", b"123456", b"password", b"x" * 4096, "пароль".encode(), b"a", b"1:1", b"\0"):
            made = [prints[which].of(secret, part, op, value) for which, secret, part, op in places]
            assert len(set(made)) == len(places)
            alike = max(_common(one, other) for one, other in itertools.pairwise(sorted(made)))
            assert alike < 14, "of 32 digits, 12,000 unrelated ones share about 8"
            pairs += len(places)
        assert pairs >= 100_000
        record_property("figure", f"G13: {pairs} pairs of equal values: 0 related fingerprints")

    def test_what_is_signed_cannot_be_read_in_two_ways(self):
        """Parts that run together, and parts that are moved, are different inputs."""
        texts = ["".join(found) for count in range(4) for found in itertools.product("ab", repeat=count)]
        seen = {enc(*pair) for pair in itertools.product(texts, repeat=2)} | {enc(text) for text in texts}
        assert len(seen) == len(texts) ** 2 + len(texts)


def _common(one: str, other: str) -> int:
    """Return how many digits two fingerprints begin with alike."""
    pairs = zip(one.partition(":")[2], other.partition(":")[2], strict=True)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


class TestWhatIsThere:
    def test_no_value_and_nobody_is_named(self, tmp_path: Path, record_property: Recorder):
        """No secret part, no beginning of one, no length, no user, host, e-mail, home or path outside the project."""
        found = synced(tmp_path)
        values = [
            PIN,
            WORDS,
            *PASSWORDS,
            found.values()["GATE"],
            found.values()["URL"],
            found.values(".env.local")["MINE"],
        ]
        people = ["wilhelmina", "outside-of", str(tmp_path), str(found.home), platform.node(), getpass.getuser() + "@"]
        for name in (".gitsecrets.lock", ".gitsecrets.local.lock"):
            text = (found.folder / name).read_text()
            for value in map(str, values):
                assert not re.search(rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])", text)
                assert value.isdigit() or value[:6] not in text
            for person in filter(None, people):
                assert person not in text
        record_property(
            "figure", f"G13: {len(values)} weak values, {len(people)} names and paths: none in the lockfile"
        )

    def test_a_longer_value_leaves_no_longer_record(self, tmp_path: Path):
        """Two values of different length, in two projects that are alike, are recorded in as many bytes."""
        sizes = set()
        for number, value in enumerate(("x", "y" * 30_000)):
            found = Machine(tmp_path / f"home{number}", tmp_path / f"project{number}", environ={"DOOR": value})
            found.manifest(declared("door", "kind: static", "door.json"))
            assert not found.sync().failed
            sizes.add(len((found.folder / ".gitsecrets.lock").read_bytes()))
        assert len(sizes) == 1

    def test_fingerprints_are_spread_evenly(self):
        """Each of the 16 digits stands about equally often at each of the 32 places."""
        prints = Fingerprints(ProjectKey.new(Dice(1)), "prj_A")
        made = [prints.of("sec_A", "", str(number), b"123456").partition(":")[2] for number in range(8_000)]
        assert {len(text) for text in made} == {32}
        for place in range(32):
            counts = [sum(text[place] == digit for text in made) for digit in string.hexdigits[:16]]
            assert 380 < min(counts) <= max(counts) < 630

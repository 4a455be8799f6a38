"""What holds for every lockfile: it reads back, every edit is found, and merges neither lose nor prefer anything."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from random import Random

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from lockfiles import AT, KEY, PROJECT, SIGNER, Branch, lockfile_of, op_of, signed, small

from secretzero.errors import LockfileError
from secretzero.lockfile.document import parse_lockfile
from secretzero.lockfile.merge import merge_lockfiles
from secretzero.lockfile.model import Entry, Generation, KeyRecord, Lockfile, ObjectRecord, TargetRecord
from secretzero.lockfile.writing import render_lockfile

NAME = ".gitsecrets.lock"
OPS = st.sampled_from([op_of(n) for n in range(6)])
WORDS = st.text(max_size=8)
NAMES = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8)
MOMENTS = st.datetimes(datetime(2000, 1, 1)).map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"))  # noqa: DTZ001
COUNTS = st.integers(0, 2**53 - 1)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
LATER = st.dictionaries(
    st.text(min_size=1, max_size=5).map("x-".__add__) | st.sampled_from(["aaa", "mad", "zzz"]), JSON, max_size=3
)
MAPS = st.dictionaries(WORDS, WORDS, max_size=3)
MAYBE = st.just("") | MOMENTS

GENERATIONS = st.builds(
    Generation,
    MOMENTS,
    COUNTS,
    MAPS,
    origin=WORDS,
    reason=WORDS,
    definition=WORDS,
    bits=st.none() | COUNTS,
    shape=st.sampled_from(["text", "map", "list", "scalar"]),
    parts=MAPS,
    fields=st.lists(WORDS, max_size=3).map(tuple),
    issued=st.none() | st.dictionaries(WORDS, JSON, max_size=3),
    retired_at=MAYBE,
    withdrawn=st.booleans(),
    extra=LATER,
    value=st.none(),
    has_value=st.just(False),
    mac=WORDS,
)
GENERATIONS |= st.tuples(MOMENTS, COUNTS, MAPS, JSON).map(
    lambda drawn: Generation(*drawn[:3], value=drawn[3], has_value=True),
)
TARGETS = st.builds(
    TargetRecord, MOMENTS, WORDS, st.sampled_from(["ack", "none", "readback"]), WORDS, MAYBE, LATER, WORDS
)
OBJECTS = st.builds(ObjectRecord, MOMENTS, st.lists(WORDS, max_size=3).map(tuple), WORDS, LATER, WORDS)


@st.composite
def entries(draw: st.DrawFn, identity: str) -> Entry:
    """Draw a secret whose pointers name its generations."""
    generations = draw(st.dictionaries(OPS, GENERATIONS, max_size=3))
    pointer = st.sampled_from(["", *generations])
    return Entry(
        identity,
        draw(WORDS),
        draw(MOMENTS),
        *(draw(pointer) for _ in range(3)),
        draw(MAYBE),
        draw(COUNTS),
        draw(WORDS),
        generations,
        draw(st.dictionaries(NAMES, TARGETS, max_size=3)),
        draw(LATER),
        draw(WORDS),
    )


@st.composite
def lockfiles(draw: st.DrawFn) -> Lockfile:
    """Draw a lockfile with anything that its format allows in it."""
    names = draw(st.lists(NAMES, unique=True, max_size=3))
    return Lockfile(
        draw(NAMES),
        KeyRecord(draw(WORDS), draw(WORDS)),
        {name: draw(entries(f"sec_{number}")) for number, name in enumerate(names)},
        draw(st.dictionaries(NAMES, OBJECTS, max_size=2)),
        tuple(draw(st.lists(st.dictionaries(WORDS, JSON, max_size=2), max_size=2))),
        draw(LATER),
    )


@settings(deadline=None, max_examples=150)
@given(lockfiles())
def test_reading_undoes_writing(lockfile: Lockfile):
    """Any lockfile reads back as it was, and writes to the same bytes again, signed or not."""
    for signer in (None, SIGNER):
        content, written = render_lockfile(lockfile, signer)
        again = parse_lockfile(content, NAME)
        assert again == written
        assert render_lockfile(again, signer)[0] == content
        assert json.loads(content)["schema"] == 2


@settings(deadline=None, max_examples=150)
@given(lockfiles())
def test_each_signed_record_verifies(lockfile: Lockfile):
    """What was signed here verifies here, after a trip through the file."""
    entries = {
        name: entry._replace(
            mac="",
            generations={op: one._replace(mac="") for op, one in entry.generations.items()},
            targets={uri: one._replace(mac="") for uri, one in entry.targets.items()},
        )
        for name, entry in lockfile.secrets.items()
    }
    objects = {uri: record._replace(mac="") for uri, record in lockfile.objects.items()}
    content, _ = render_lockfile(evolve(lockfile, project=PROJECT, secrets=entries, objects=objects), SIGNER)
    assert SIGNER.verify(parse_lockfile(content, NAME)) == []


def edits(value: object) -> Iterator[object]:
    """Yield other values of the same JSON type, and null."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, -value - 1, 0 if value else 2)
    elif isinstance(value, str):
        yield from (value + "0", value[:-1], value[::-1], "2001-01-01T00:00:00Z", "")
    elif isinstance(value, list):
        yield from ([*value, "x"], value[1:], value[::-1])
    elif isinstance(value, dict):
        yield from ({**value, "x": "y"}, {})
    yield None


def changed(document: object) -> Iterator[object]:
    """Yield the document with one thing changed, in every place and every way."""
    if isinstance(document, dict):
        for key, value in document.items():
            rest = {other: item for other, item in document.items() if other != key}
            yield rest
            yield {**rest, key + "x": value}
            for edit in edits(value):
                if edit != value or type(edit) is not type(value):
                    yield {**document, key: edit}
            for inner in changed(value):
                yield {**document, key: inner}
    elif isinstance(document, list):
        for index, value in enumerate(document):
            for inner in (*edits(value), *changed(value)):
                if inner != value:
                    yield [*document[:index], inner, *document[index + 1 :]]


def found(content: bytes, intact: Lockfile) -> bool:
    """Return whether an edit is detected: the file is refused, a signature is wrong, or a record is missing."""
    try:
        lockfile = parse_lockfile(content, NAME)
    except LockfileError:
        return True
    if SIGNER.verify(lockfile) or (lockfile.project, lockfile.key) != (intact.project, intact.key):
        return True
    return any(
        keys(lockfile) < keys(intact)
        for keys in (
            lambda file: set(file.secrets),
            lambda file: set(file.objects),
            lambda file: {(name, op) for name, entry in file.secrets.items() for op in entry.generations},
            lambda file: {(name, uri) for name, entry in file.secrets.items() for uri in entry.targets},
        )
    )


def test_every_edit_of_every_signed_field_is_found():
    """Each field of each record, changed, emptied, renamed or taken out: the file is refused or the record is listed.

    Taking a whole record out leaves no wrong signature: then the record is missing, and what it recorded is unknown to
    the next run, which asks. The same meaning written otherwise, such as a default spelled out, is no edit.
    """
    intact = small()
    document = json.loads(render_lockfile(intact, None)[0])
    count = 0
    for part in ("secrets", "objects", "project", "key"):
        for edit in changed({part: document[part]}):
            if not isinstance(edit, dict) or part not in edit:
                continue
            content = json.dumps({**document, **edit}).encode()
            try:
                same = parse_lockfile(content, NAME) == intact
            except LockfileError:
                same = False
            assert same or found(content, intact), edit
            count += not same
    assert count > 600


def test_only_unsigned_places_are_free():
    """Orphans and the root keys of a later version carry no signature: the documentation says so, and this is why."""
    document = json.loads(render_lockfile(small(), None)[0])
    content = json.dumps({**document, "orphans": [], "later": False}).encode()
    assert SIGNER.verify(parse_lockfile(content, NAME)) == []


@pytest.mark.parametrize("seed", range(40))
def test_random_bytes_never_make_a_traceback(seed: int):
    """Flipped, cut, doubled and shuffled bytes of a good file are read, or refused with a LockfileError."""
    random = Random(seed)
    content = render_lockfile(small(), SIGNER)[0]
    for _ in range(60):
        mutant = bytearray(content)
        for _ in range(random.randrange(1, 4)):
            start = random.randrange(len(mutant))
            end = start + random.choice((1, 1, 3, 40))
            piece = bytes(mutant[start:end])
            mutant[start:end] = random.choice(
                (b"", piece * 2, random.randbytes(1), b'"', b"{", b"]", b"\\u0000", b"9" * 50)
            )
        with suppress(LockfileError):
            render_lockfile(parse_lockfile(bytes(mutant), NAME), SIGNER)


def branches(seed: int, count: int) -> tuple[Lockfile, list[Lockfile]]:
    """Return a lockfile, and what became of it on some branches."""
    base = Branch(Random(seed), lockfile_of({})).live(10)
    return base, [Branch(Random(seed * 31 + side), base, 1000).live(6) for side in range(1, count + 1)]


@pytest.mark.parametrize("seed", range(150))
def test_merges_are_symmetric_and_lose_nothing(seed: int):
    """Whatever two branches did: either order gives the same bytes, all signed, no generation or later head lost."""
    base, (ours, theirs) = branches(seed, 2)
    for origin in (base, None):
        merged = merge_lockfiles(origin, ours, theirs)
        assert render_lockfile(merged, None)[0] == render_lockfile(merge_lockfiles(origin, theirs, ours), None)[0]
        assert SIGNER.verify(merged) == []
        assert parse_lockfile(render_lockfile(merged, None)[0], NAME) == merged
        for name in ours.secrets.keys() & theirs.secrets.keys():
            sides = (ours.secrets[name], theirs.secrets[name])
            entry = merged.secrets[name]
            assert entry.generations.keys() == sides[0].generations.keys() | sides[1].generations.keys()
            assert entry.now is not None
            assert entry.now.n == max(side.now.n for side in sides if side.now)
            assert not entry.pending or not entry.generations[entry.pending].withdrawn
            assert not entry.pending or entry.current in {
                side.current for side in sides if side.pending == entry.pending
            }


@pytest.mark.parametrize("seed", range(60))
def test_merging_is_idempotent(seed: int):
    """A side merged with itself, or with what it was merged into already, changes nothing more."""
    base, (ours, theirs) = branches(seed, 2)
    assert merge_lockfiles(base, ours, ours) == ours
    merged = merge_lockfiles(None, ours, theirs)
    assert merge_lockfiles(None, merged, ours) == merged
    assert merge_lockfiles(None, theirs, merged) == merged


@pytest.mark.parametrize("seed", range(60))
def test_three_branches_meet_in_any_order(seed: int):
    """Generations, target records and current values do not depend on which two of three branches meet first."""
    _, sides = branches(seed, 3)

    def facts(one: Lockfile, two: Lockfile, three: Lockfile) -> object:
        merged = merge_lockfiles(None, merge_lockfiles(None, one, two), three)
        return {name: (entry.current, entry.generations, entry.targets) for name, entry in merged.secrets.items()}

    one, two, three = sides
    assert facts(one, two, three) == facts(two, three, one) == facts(three, one, two)


def test_a_merge_of_equal_work_is_that_work():
    """Two clones that pulled the same commit agree, byte for byte."""
    base, (ours, _) = branches(7, 2)
    copy = parse_lockfile(render_lockfile(ours, None)[0], NAME)
    assert render_lockfile(merge_lockfiles(base, ours, copy), None)[0] == render_lockfile(ours, None)[0]


def test_nothing_personal_is_in_the_file():
    """The file has times to the second, names of the manifest, and digests; no value that it was given."""
    content = render_lockfile(signed(small()), SIGNER)[0].decode()
    assert KEY.secret.hex() not in content
    assert KEY.to_text()[7:20] not in content
    assert AT in content

"""Lockfiles and var files that are wrong: each marks with § where every problem stands."""

from lockfiles import SIGNER, entry_of, lockfile_of, op_of

from secretzero.lockfile.writing import render_lockfile

MARK = "§"
LOCKFILE = render_lockfile(lockfile_of({"db": entry_of("sec_db", op_of(1), op_of(2))}), SIGNER)[0].decode()

EDITS = (
    ('"schema": 2', '§"schema": "2"'),
    ('"schema": 2', '§"schema": 3'),
    ('"schema": 2', '§"schema": 0'),
    ('"schema": 2', '§"schema": null'),
    ('"schema": 2', '"schema": 2, §"schema": 2'),
    ('"schema": 2', '"schema": 2, "rules": §1e999'),
    ('"schema": 2', '"schema": 2, "rules": §Infinity'),
    ('"schema": 2', '"schema": 2, "rules": §' + "9" * 5000),
    ('"schema": 2', '"schema": 2 §"rules": 1'),
    ('"schema": 2,', '"schema": 2,§,'),
    ('"project": "', '§"project": 7, "was": "'),
    ('"project": "', '§"project": 5.5, "was": "'),
    ('"project": "', '"project": "a", §"project": "'),
    ('"key": {', '§"key": 5, "was": {'),
    ('"key": {', '§"key": [], "was": {'),
    ('"check": "', '§"check": 7, "was": "'),
    ('"id": "key_', '§"id": true, "was": "key_'),
    ('"secrets": {', '§"secrets": 5, "was": {'),
    ('"secrets": {', '§"objects": 5, "secrets": {'),
    ('"secrets": {', '§"objects": 5, §"orphans": {}, "secrets": {'),
    ('"secrets": {', '"objects": {§"a://b": 5, §"c://d": {"at": "2026-01-01T00:00:00Z", "ops": []}}, "secrets": {'),
    ('"db": {', '§"db": 5, "other": {'),
    ('"db": {', '§"a": [], §"b": "x", "db": {'),
    ('"kind": "', '§"kind": 7, "was": "'),
    ('"kind": "', '"kind": "a", §"kind": "'),
    ('"created_at": "', '§"created_at": "yesterday", "was": "'),
    ('"created_at": "', '§"created_at": 7, "was": "'),
    ('"id": "sec_db", ', '"id": "sec_db", §"rotation_count": -1, '),
    ('"id": "sec_db", ', '"id": "sec_db", §"rotated_at": "soon", §"legacy": 4, '),
    ('"pending": null', '§"pending": 7'),
    ('"pending": null', '§"pending": "01JDX000000000000000000009"'),
    ('"current": "', '§"current": "no-'),
    ('"current": "', '§"current": [], "was": "'),
    ('"pending": null', '"pending": null, §"previous": 7'),
    ('"generations": {', '§"generations": [], "was": {'),
    ('"n": 1', '§"n": "1"'),
    ('"n": 1', '§"n": 1.5'),
    ('"n": 1', '§"n": -1'),
    ('"n": 1', '§"n": 9007199254740993'),
    ('"n": 1', '"n": §NaN'),
    ('"n": 1', '§"n": true, §"bits": "many", §"withdrawn": 1'),
    ('"n": 1', '"n": 1, §"retired_at": "x", §"origin": [], §"reason": 5'),
    ('"fingerprints": {"": "', '"fingerprints": {§"": 5, §"a": null, "was": "'),
    ('"fingerprints": {"": "', '§"fingerprints": "x", "was": {"": "'),
    ('"targets": {', '§"targets": 5, "was": {'),
    ('"targets": {', '"targets": {§"file://x": 5, '),
    ('"confirmed": "readback"', '§"confirmed": "maybe"'),
    ('"confirmed": "readback"', '"confirmed": "readback", §"error": 5, §"removed_at": "never"'),
    ('"op": "', '§"op": 5, "was": "'),
    ("}}}}\n}\n", "}}}}\n§"),
    ("}\n}\n", "}\n§]\n"),
    ("{\n", "§<<<<<<< HEAD\n{\n"),
)
"""An edit of a good lockfile: what is replaced, and by what."""

TEXTS = ("§", "§[]", "§null", "§17", '§"text"', "{§'schema': 2}", '{"schema": §', "\n\n§<html>", "§\ufeff\ufeff{}",
         '{"a": "§\x01"}')  # fmt: skip
"""Texts that are not lockfiles."""

VARS = (
    "§",
    "§- a\n",
    "§hello\n",
    "§17\n",
    "a: 1\n§---\nb: 2\n",
    "a: §!!str 1\n",
    "a: §!x {b: 1}\n",
    "a: [1, 2\n§",
    "a: 1\nb: {x: 1, §x: 2}\n§a: 2\n",
    "a: 1\n§a: 2\n§a: 3\n",
    "a: §*nowhere\nb: §*nobody\n",
    "a: &a [§*a]\n",
    "§~: 1\n",
    "§{a: 1}: 2\n",
    'a: "§\\q"\n',
    "a: §'open\n",
    "a: b§: c\n",
    "a: 1\n b§: 2\n",
    "a:\n§\tb: 1\n",
    "a: §@x\n",
    "a: §`x`\n",
    "a: §%x\n",
    "a: 1\n§b\n",
    "a: §\x07x\n",
    "a: x\nb: y§\x7f\nc: §\x01\n",
    "a: {§<<: 1}\n",
    'a: "§{{ var.nothing }}"\nb: "x §{{ var.nobody }}"\n',
    'a: "{{ var.x | §shout }}"\n',
    'a: "{{ §env.HOME }}"\n',
    'a: "§${NOTHING_IS_SET_HERE}"\nb: "§${NOR_HERE}"\n',
    'a: "§{{ var.x"\n',
    'a: "§${x"\n',
    'a: "{{ §var.b }}"\nb: 1\n',
)
"""Var files; those of a lane or the command line are read alike."""


def without_marks(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a text without its marks, and the line and column of each."""
    places = []
    for number, line in enumerate(text.split("\n"), 1):
        pieces = line.split(MARK)
        places += [(number, len("".join(pieces[:count])) + 1) for count in range(1, len(pieces))]
    return text.replace(MARK, ""), places


def lockfiles() -> list[str]:
    """Return every bad lockfile, with its marks."""
    for old, _ in EDITS:
        assert old in LOCKFILE
    return [LOCKFILE.replace(old, new, 1) for old, new in EDITS] + list(TEXTS)

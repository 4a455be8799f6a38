"""Reading lockfiles strictly, and writing them byte for byte."""

import json
import tracemalloc

import pytest
from attrs import evolve
from bounds import bounded
from lockfiles import AT, KEY, PROJECT, SIGNER, entry_of, lockfile_of, op_of, signed, small

from secretzero.engine.apply.commit import trimmed
from secretzero.errors import LockfileError
from secretzero.lockfile.document import edited_error, parse_lockfile
from secretzero.lockfile.model import Entry, Generation, KeyRecord, Lockfile, ObjectRecord, TargetRecord
from secretzero.lockfile.signing import Edited, Signer
from secretzero.lockfile.writing import Text, render_lockfile

NAME = ".gitsecrets.lock"
FULL = render_lockfile(small(), SIGNER)[0].decode()
PLAIN = render_lockfile(lockfile_of({"db": entry_of("sec_db", op_of(1), op_of(2))}), SIGNER)[0].decode()


def refused(text: str | bytes) -> LockfileError:
    """Return the error with which a text is refused."""
    with pytest.raises(LockfileError) as caught:
        parse_lockfile(text.encode() if isinstance(text, str) else text, NAME)
    assert caught.value.file == NAME
    return caught.value


class TestWriting:
    def test_the_layout_is_the_published_one(self):
        """Sorted keys, a line for each record, two lines for a head, LF, one final newline, `pending` always there."""
        entry = Entry(
            "sec_a",
            "pin",
            AT,
            current="01B",
            generations={
                "01B": Generation(AT, 2, {"": "h1:9f"}, bits=20, definition="d1:0", origin="generated", mac="m1:b"),
                "01A": Generation(AT, 1, {"": "h1:77"}, mac="m1:a"),
            },
            targets={"file://.env#A": TargetRecord(AT, "01B", "readback", mac="m1:t")},
            mac="m1:h",
        )
        objects = {"aws+sm://1/db": ObjectRecord(AT, ("01B",), "EXAMPLE1", mac="m1:o")}
        lockfile = Lockfile("prj_1", KeyRecord("key_7Q2M", "5b1c9e02"), {"a": entry}, objects)
        assert render_lockfile(lockfile, None)[0].decode() == (
            "{\n"
            '  "key": {"check": "5b1c9e02", "id": "key_7Q2M"},\n'
            '  "objects": {\n'
            f'    "aws+sm://1/db": {{"at": "{AT}", "mac": "m1:o", "ops": ["01B"], "remote": "EXAMPLE1"}}}},\n'
            '  "project": "prj_1",\n'
            '  "schema": 2,\n'
            '  "secrets": {\n'
            '    "a": {\n'
            f'      "created_at": "{AT}", "current": "01B", "id": "sec_a", "kind": "pin", "mac": "m1:h",\n'
            '      "pending": null,\n'
            '      "generations": {\n'
            f'        "01A": {{"at": "{AT}", "fingerprints": {{"": "h1:77"}}, "mac": "m1:a", "n": 1}},\n'
            f'        "01B": {{"at": "{AT}", "bits": 20, "definition": "d1:0", "fingerprints": {{"": "h1:9f"}}, '
            '"mac": "m1:b", "n": 2, "origin": "generated"}},\n'
            '      "targets": {\n'
            f'        "file://.env#A": {{"at": "{AT}", "confirmed": "readback", "mac": "m1:t", "op": "01B"}}}}}}}}\n'
            "}\n"
        )

    def test_every_object_has_its_keys_sorted(self):
        """No object in the file has keys out of order, those of a head apart, whose records come last."""

        def check(pairs: list[tuple[str, object]]) -> dict[str, object]:
            keys = [key for key, _ in pairs if key not in {"generations", "targets"}]
            assert keys == sorted(keys)
            return dict(pairs)

        json.loads(FULL, object_pairs_hook=check)

    def test_an_empty_lockfile_is_a_file(self):
        """A lockfile without a secret is three lines, and reads back."""
        content, _ = render_lockfile(Lockfile(), None)
        assert content == b'{\n  "schema": 2\n}\n'
        assert parse_lockfile(content, NAME) == Lockfile()

    def test_the_file_is_plain_ascii(self):
        """Whatever a name or value contains, the file is printable ASCII for editors and terminals."""
        entry = entry_of("sec_é", op_of(1))._replace(
            kind="ключ", targets={"file://.env#Ü\ud800": TargetRecord(AT, "x", "ack")}
        )
        content, _ = render_lockfile(lockfile_of({"é": entry}), SIGNER)
        assert content.isascii()

    def test_signing_fills_only_what_is_empty(self):
        """A signed record keeps its signature, valid or not; an unsigned one is signed; the argument is unchanged."""
        entry = entry_of("sec_a", op_of(1), op_of(2))._replace(mac="m1:wrong")
        entry = entry.with_generation(op_of(2), entry.generations[op_of(2)]._replace(mac="m1:odd"))
        unsigned = Lockfile(PROJECT, KeyRecord(KEY.id, KEY.check), {"a": entry})
        _, done = render_lockfile(unsigned, SIGNER)
        assert done.secrets["a"].mac == "m1:wrong"
        assert done.secrets["a"].generations[op_of(1)].mac.startswith("m1:")
        assert not unsigned.secrets["a"].generations[op_of(1)].mac
        assert SIGNER.verify(done) == [Edited("a", "head", "a"), Edited("a", "generation", op_of(2))]

    def test_signing_changes_nothing_but_signatures(self):
        """Every other field of every record is unchanged."""

        def bare(lockfile: Lockfile) -> Lockfile:
            secrets = {
                name: entry._replace(
                    mac="",
                    generations={op: one._replace(mac="") for op, one in entry.generations.items()},
                    targets={uri: one._replace(mac="") for uri, one in entry.targets.items()},
                )
                for name, entry in lockfile.secrets.items()
            }
            objects = {uri: one._replace(mac="") for uri, one in lockfile.objects.items()}
            return evolve(lockfile, secrets=secrets, objects=objects)

        unsigned = bare(small())
        assert bare(signed(unsigned)) == unsigned
        assert signed(unsigned) == small()


class TestReading:
    def test_what_was_written_reads_back(self):
        """Reading and writing are inverse to each other."""
        lockfile = parse_lockfile(FULL.encode(), NAME)
        assert lockfile == small()
        assert render_lockfile(lockfile, SIGNER)[0].decode() == FULL
        assert render_lockfile(lockfile, None)[0].decode() == FULL

    def test_layout_and_line_ends_do_not_matter(self):
        """A file that an editor reformatted, with CRLF and a byte order mark, holds the same signed records."""
        text = json.dumps(json.loads(FULL), indent=4, ensure_ascii=False).replace("\n", "\r\n")
        lockfile = parse_lockfile(text.encode("utf-8-sig"), NAME)
        assert lockfile == small()
        assert SIGNER.verify(lockfile) == []

    def test_the_order_of_keys_does_not_matter(self):
        """A file with reversed keys holds the same signed records, and is written in order again."""
        text = json.dumps(json.loads(FULL, object_pairs_hook=lambda pairs: dict(pairs[::-1])))
        lockfile = parse_lockfile(text.encode(), NAME)
        assert SIGNER.verify(lockfile) == []
        assert render_lockfile(lockfile, SIGNER)[0].decode() == FULL

    def test_keys_of_a_later_version_are_kept(self):
        """An optional key that this version does not know is written back in its place."""
        text = PLAIN.replace('"schema": 2', '"rules": {"x": [1, 2]},\n  "schema": 2')
        lockfile = parse_lockfile(text.encode(), NAME)
        assert lockfile.extra == {"rules": {"x": [1, 2]}}
        assert render_lockfile(lockfile, SIGNER)[0].decode() == text

    def test_every_prefix_is_refused_with_its_line(self):
        """A file truncated anywhere is refused with a line that exists in it."""
        whole = FULL.encode()
        for size in range(len(whole) - 1):
            error = refused(whole[:size])
            assert 1 <= error.line <= whole[:size].count(b"\n") + 1
        assert parse_lockfile(whole[:-1], NAME) == small()

    def test_a_truncated_file_is_called_truncated(self):
        """The message names the problem, the last line and the remedy."""
        error = refused(FULL[: FULL.index('"targets"') + 30])
        assert "truncated" in error.message
        assert error.line == FULL[: FULL.index('"targets"') + 30].count("\n") + 1
        assert "version control" in error.hint

    def test_a_conflict_names_its_first_line_and_the_remedy(self):
        """Conflict markers are recognized: exit code and hint are those of a merge without the driver."""
        lines = FULL.split("\n")
        lines[4:4] = ["<<<<<<< HEAD", lines[4], "=======", lines[4], ">>>>>>> branch"]
        error = refused("\n".join(lines))
        assert (error.line, error.column) == (5, 1)
        assert "conflict" in error.message
        assert "secretzero lock merge" in error.hint

    def test_a_later_schema_is_refused_before_anything_else(self):
        """For a file of a later version only the schema is reported, whatever else it holds."""
        error = refused('{\n  "secrets": 7,\n  "schema": 3\n}\n')
        assert (error.line, error.column) == (3, 3)
        assert "schema 3" in error.message
        assert error.hint == "update secretzero"

    def test_all_problems_are_reported_at_once(self):
        """One error lists every problem with its line, sorted by position."""
        text = (
            PLAIN.replace('"n": 1', '"n": "one"')
            .replace('"n": 2', '"n": 2.5')
            .replace('"project": "', '"project": 1, "x": "')
        )
        error = refused(text)
        lines = error.message.split("\n")
        assert error.line == text[: text.index('"project"')].count("\n") + 1
        assert lines[0] == "project: must be text"
        assert [line.split(":")[1] for line in lines[1:]] == [
            str(text[: text.index(n)].count("\n") + 1) for n in ('"n": "one"', '"n": 2.5')
        ]

    def test_the_same_problem_is_reported_for_each_record(self):
        """A record with the same problem as the previous one is reported too."""
        error = refused(PLAIN.replace('"n": 1', '"n": "1"').replace('"n": 2', '"n": "2"'))
        assert error.message.count("n: must be a whole number") == 2

    def test_an_unprintable_name_is_escaped_in_messages(self):
        """A terminal control sequence is shown as its escape."""
        error = refused(PLAIN.replace('"db": {', '"\\u001b[2J": {'))
        assert "\x1b" not in str(error)
        assert "\\u001b" in str(error)


BAD = [
    ("null", "null", "not a JSON object"),
    ("[]", "[]", "not a JSON object"),
    ('"text"', '"text"', "not a JSON object"),
    ("17", "17", "not a JSON object"),
    ("", "", "empty"),
    (" \n\n ", " ", "empty"),
    ("\n\n{]", "{]", "not JSON"),
    ('{"schema": 2,\n"project": prj}', '"project"', "not JSON"),
    ('{\n"schema": 2,}', "}", "not JSON"),
    ('{"schema": 2}\n{"schema": 2}', '{"schema": 2}\n{', "not JSON"),
    ("{'schema': 2}", "{'schema'", "not JSON"),
    ('{"schema": 2 // note\n}', "//", "not JSON"),
    ('{\n"schema": NaN}', "NaN", "invalid number"),
    ('{\n"schema": 2,\n"x": -Infinity}', "-Infinity", "invalid number"),
    ('{\n"schema": 2,\n"x": 1e999}', "1e999", "invalid number"),
    ('{\n"schema": 2,\n"x": ' + "9" * 5000 + "}", "9" * 50, "too large"),
    ('{\n"schema": ' + "7" * 400 + "}", '"schema"', "later version"),
    ('{\n"schema": 2,\n"project": "a",\n"project": "b"}', '"project": "b"', "duplicate key"),
    ('{\n"schema": 2,\n"x": [{"a": 1,\n"b": [1, 2],\n"a": 2}]}', '"a": 2', "duplicate key"),
    ("{}", "{}", "schema is missing"),
    ('{\n"schema": 0}', '"schema": 0', "must be 2"),
    ('{\n"schema": -2}', '"schema": -2', "out of range"),
    ('{\n"schema": "2"}', '"schema"', "whole number"),
    ('{\n"schema": true}', '"schema"', "whole number"),
    ('{\n"schema": 2,\n"secrets": []}', '"secrets"', "must be a map"),
    ('{\n"schema": 2,\n"key": "k"}', '"key"', "must be a map"),
    ('{\n"schema": 2,\n"key": {"id": "k"}}', '"key"', "check is missing"),
    ('{\n"schema": 2,\n"orphans": [{},\n7]}', "7]", "must be a map"),
    ('{\n"schema": 2,\n"orphans": {}}', '"orphans"', "must be a list"),
    ('{\n"schema": 2,\n"x": ' + "[" * 40 + "]" * 40 + "}", "{", "nested too deeply"),
]
CHANGED = [
    ('"db": {', '"": {', '"": {', "invalid name"),
    ('"db": {', '"d\\nb": {', '"d\\nb": {', "invalid name"),
    ('"id": "sec_db", ', "", '"db": {', "id is missing"),
    ('"id": "sec_db"', '"id": ""', '"id": ""', "must not be empty"),
    ('"id": "sec_db"', '"id": 5', '"id": 5', "must be text"),
    ('"kind": "random_password", ', "", '"db": {', "kind is missing"),
    (f'"created_at": "{AT}"', '"created_at": "yesterday"', "yesterday", "must be a time"),
    (f'"created_at": "{AT}"', '"created_at": "2026-13-21T09:28:24Z"', "2026-13", "must be a time"),
    (f'"created_at": "{AT}"', '"created_at": "2026-11-21T09:28:24+01:00"', "+01:00", "must be a time"),
    (f'"created_at": "{AT}"', '"created_at": null', "null", "must be text"),
    (f'"current": "{op_of(2)}"', '"current": "01NOSUCH"', "01NOSUCH", "unknown generation"),
    ('"pending": null', '"pending": "01NOSUCH"', "01NOSUCH", "unknown generation"),
    ('"pending": null', '"pending": false', '"pending": false', "must be text or null"),
    ('"pending": null', '"pending": null, "previous": "01NOSUCH"', "01NOSUCH", "unknown generation"),
    ('"pending": null', '"pending": null, "rotation_count": -1', '"rotation_count"', "out of range"),
    ('"pending": null', '"pending": null, "rotation_count": 1.0', "1.0", "must be a whole number"),
    ('"pending": null', '"pending": null, "legacy": []', "[]", "must be text"),
    (f'"{op_of(1)}": {{', f'"{op_of(1)}": 7, "x": {{', "7,", "must be a map"),
    ('"n": 1', '"n": true', "true", "must be a whole number"),
    ('"n": 1', f'"n": {2**60}', str(2**60), "out of range"),
    ('"n": 1', '"n": 1, "bits": "150"', '"150"', "must be a whole number"),
    ('"n": 1', '"m": 1', f'"{op_of(1)}": {{', "n is missing"),
    ('"n": 1', '"n": 1, "withdrawn": 1', '"withdrawn"', "must be true or false"),
    ('"n": 1', '"n": 1, "shape": "tree"', "tree", "must be one of"),
    ('"n": 1', '"n": 1, "parts": {"a": 1}', '"parts"', "must be text"),
    ('"n": 1', '"n": 1, "fields": ["a", 1]', '"fields"', "must be text"),
    ('"n": 1', '"n": 1, "issued": null', '"issued"', "must be a map"),
    ('"n": 1', '"n": 1, "retired_at": "soon"', "soon", "must be a time"),
    ('"n": 1', '"n": 1, "value": ' + "[" * 50 + "]" * 50, '"value"', "nested too deeply"),
    ('"fingerprints": {"": ', '"fingerprints": {"a": null, "": ', '"a": null', "must be text"),
    ('"confirmed": "readback"', '"confirmed": "sure"', "sure", "must be one of"),
    ('"confirmed": "readback", ', "", "file://", "confirmed is missing"),
    ('"targets": {', '"targets": [], "x": {', '"targets": []', "must be a map"),
    ('"generations": {', '"generations": null, "x": {', '"generations": null', "must be a map"),
    ('"schema": 2', f'"objects": {{"u": {{"at": "{AT}"}}}},\n  "schema": 2', '"u"', "ops, remote is missing"),
    (
        '"schema": 2',
        f'"objects": {{"u": {{"at": "{AT}", "remote": "", "ops": [1]}}}},\n  "schema": 2',
        '"u"',
        "must be text",
    ),
    (
        '"db": {',
        f'"copy": {{"id": "sec_db", "kind": "pin", "created_at": "{AT}"}},\n    "db": {{',
        '"id": "sec_db", "kind": "r',
        "also the id",
    ),
    (f'  "project": "{PROJECT}",\n', "", "{", "project is missing"),
    (PLAIN.split("\n")[1] + "\n", "", "{", "key is missing"),
]


class TestBadFiles:
    @pytest.mark.parametrize(("text", "line_of", "said"), BAD)
    def test_a_bad_text_is_refused_at_its_line(self, text: str, line_of: str, said: str):
        """Each of these texts is refused with the line of its error."""
        error = refused(text)
        assert said in error.message
        assert error.line == text[: text.index(line_of)].count("\n") + 1 + (line_of == '{"schema": 2}\n{')
        assert error.hint

    @pytest.mark.parametrize(("old", "new", "line_of", "said"), CHANGED)
    def test_a_changed_file_is_refused_at_its_line(self, old: str, new: str, line_of: str, said: str):
        """Each of these edits of a valid file is refused with its own line, as the only problem."""
        assert old in PLAIN
        text = PLAIN.replace(old, new)
        error = refused(text)
        assert said in error.message
        assert error.line == text[: text.index(line_of)].count("\n") + 1
        assert "\n" not in error.message or PLAIN.count(old) > 1

    @pytest.mark.parametrize(
        "bomb", ["[" * 30_000, '{"a":' * 30_000, "[" * 30_000 + "]" * 30_000, '{"schema":2,"a":' + "[" * 30_000]
    )
    def test_deep_nesting_is_refused_at_once(self, bomb: str):
        """Thirty thousand brackets cost neither a traceback nor a second nor memory."""
        tracemalloc.start()
        with bounded():
            refused(bomb)
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
        tracemalloc.stop()

    def test_invalid_utf8_is_refused_at_its_line(self):
        """The error has the line and column of the first byte that is not UTF-8."""
        error = refused(PLAIN.encode().replace(b'"db"', b'"d\xffb"'))
        assert error.line == PLAIN[: PLAIN.index('"db"')].count("\n") + 1
        assert error.column == 7

    def test_a_gigantic_file_is_not_even_parsed(self):
        """A file larger than SecretZero writes is refused by its size."""
        assert "larger" in refused(b" " * (1 << 26) + b"{}").message

    def test_a_refusal_shows_no_recorded_value(self):
        """The clear value of a nonsecret that is nested too deeply is not repeated."""
        text = PLAIN.replace('"n": 1', '"n": 1, "value": ["canary-7f3a", ' + "[" * 50 + "]" * 51)
        assert "canary" not in str(refused(text))


class TestSignatures:
    def test_another_key_or_project_verifies_nothing(self):
        """With another key or project, every record counts as edited."""
        from secretzero.keys import ProjectKey

        lockfile = small()
        records = 2 + 3 + 2 + 1
        assert len(Signer(ProjectKey(b"\x05" * 32), PROJECT).verify(lockfile)) == records
        assert len(Signer(KEY, "prj_other").verify(lockfile)) == records
        assert SIGNER.verify(lockfile) == []

    def test_kinds_of_records_are_distinguished(self):
        """One text signed as two kinds of record has two signatures."""
        kinds = ("head", "generation", "target", "object")
        assert len({SIGNER.mac(kind, "sec", "key", Text('"at": "x", ', "")) for kind in kinds}) == 4

    def test_a_stripped_signature_is_an_edit(self):
        """A record without signature is listed like one with a wrong one."""
        lockfile = small()
        entry = lockfile.secrets["db"]._replace(mac="")
        assert SIGNER.verify(evolve(lockfile, secrets={**lockfile.secrets, "db": entry})) == [
            Edited("db", "head", "db")
        ]

    def test_a_moved_record_is_an_edit(self):
        """A generation, a target record, a head or an object record that moved to another place is found."""
        one, two = entry_of("sec_a", op_of(1)), entry_of("sec_b", op_of(1))
        objects = {"file://a": ObjectRecord(AT, (), "1"), "file://b": ObjectRecord(AT, (), "2")}
        lockfile = lockfile_of({"a": one, "b": two}, objects)
        a, b = lockfile.secrets["a"], lockfile.secrets["b"]
        swapped = evolve(lockfile, secrets={"a": b, "b": a})
        assert {found.kind for found in SIGNER.verify(swapped)} == {"head"}
        mixed = evolve(lockfile, secrets={"a": a._replace(generations=b.generations, targets=b.targets), "b": b})
        assert [found.kind for found in SIGNER.verify(mixed)] == ["generation", "target"]
        objects = {"file://a": lockfile.objects["file://b"], "file://b": lockfile.objects["file://a"]}
        assert [found.path for found in SIGNER.verify(evolve(lockfile, objects=objects))] == [
            ("objects", "file://a"),
            ("objects", "file://b"),
        ]

    def test_an_edit_is_reported_with_its_line(self):
        """The error for edited records names the line of each, the first one as its own."""
        text = FULL.replace('"n": 2', '"n": 9').replace('"remote": "17"', '"remote": "18"')
        found = SIGNER.verify(parse_lockfile(text.encode(), NAME))
        error = edited_error(text.encode(), NAME, found)
        assert error.line == text[: text.index('"remote": "18"')].count("\n") + 1
        second = text[: text.index('"n": 9')].count("\n") + 1
        assert f"{NAME}:{second}:" in error.message
        assert len(found) == 2

    def test_a_file_of_0_14_has_nothing_to_verify(self):
        """Schema 1 has no signatures."""
        assert SIGNER.verify(Lockfile(schema=1, secrets={"a": Entry("", "", AT)})) == []


class TestHistory:
    def test_the_last_ten_generations_stay(self):
        """Of fifteen, the newest ten stay, with what is current, pending, previous, or named by a target."""
        ops = [op_of(n) for n in range(15)]
        entry = entry_of("sec_a", *ops)
        assert sorted(trimmed(entry).generations) == ops[5:]
        targets = {"file://.env": TargetRecord(AT, ops[1], "ack")}
        needed = entry._replace(current=ops[2], pending=ops[0], previous=ops[3], targets=targets)
        assert sorted(trimmed(needed).generations) == [*ops[:4], *ops[5:]]

    def test_a_credential_that_is_not_retired_is_kept(self):
        """A generation whose issued credential is not retired stays whatever its age."""
        ops = [op_of(n) for n in range(15)]
        entry = entry_of("sec_a", *ops)
        first, second = (entry.generations[op]._replace(issued={"id": "AKIA"}) for op in ops[:2])
        second = second._replace(issued={"id": "AKIA", "retired_at": AT})
        entry = entry.with_generation(ops[0], first).with_generation(ops[1], second)
        assert sorted(trimmed(entry).generations) == [ops[0], *ops[5:]]

    def test_a_short_history_is_left_alone(self):
        """An entry with ten generations is returned unchanged."""
        entry = entry_of("sec_a", *[op_of(n) for n in range(10)])
        assert trimmed(entry) is entry


class TestManySecrets:
    def test_five_thousand_secrets_are_read_checked_and_written(self):
        """A lockfile of many secrets verifies, and is read and written back unchanged."""
        unsigned = {f"secret_{n}": entry_of(f"sec_{n}", op_of(n)) for n in range(5000)}
        lockfile = Lockfile(PROJECT, KeyRecord(KEY.id, KEY.check), unsigned)
        content, done = render_lockfile(lockfile, SIGNER)
        again = parse_lockfile(content, NAME)
        assert SIGNER.verify(again) == []
        assert render_lockfile(again, SIGNER)[0] == content
        assert again == done

"""Merging lockfiles: by the driver, and out of conflict markers."""

import subprocess
from pathlib import Path
from random import Random

import pytest
from attrs import evolve
from lockfiles import AT, KEY, PROJECT, SIGNER, Branch, entry_of, generation_of, later, lockfile_of, op_of, signed

from secretzero.errors import LockfileError
from secretzero.keys import ProjectKey
from secretzero.lockfile.document import parse_lockfile
from secretzero.lockfile.merge import TwoProjectsError, merge_lockfiles
from secretzero.lockfile.merge_driver import resolve_conflicts
from secretzero.lockfile.model import Entry, KeyRecord, Lockfile, ObjectRecord, TargetRecord, amend
from secretzero.lockfile.writing import render_lockfile

NAME = ".gitsecrets.lock"
URI = "file://.env#SEC_A"
BASE = lockfile_of({"a": entry_of("sec_a", op_of(1))})


def merged(base: Lockfile | None, ours: Lockfile, theirs: Lockfile) -> Lockfile:
    """Merge both ways round, and check what every merge must hold."""
    result = merge_lockfiles(base, ours, theirs)
    assert result == merge_lockfiles(base, theirs, ours)
    assert SIGNER.verify(result) == []
    assert parse_lockfile(render_lockfile(result, None)[0], NAME) == result
    return result


def rotated(lockfile: Lockfile, op: str, at: str, name: str = "a") -> Lockfile:
    """Rotate a secret to a further generation, at all its targets."""
    entry = lockfile.secrets[name]
    made = generation_of(entry.id, op, entry.highest + 1, at)
    targets = {uri: TargetRecord(at, op, "readback") for uri in entry.targets}
    done = entry.with_generation(op, made)._replace(
        current=op, previous=entry.current, rotated_at=at, targets=targets, mac=""
    )
    return signed(evolve(lockfile, secrets={**lockfile.secrets, name: done}))


def pending(lockfile: Lockfile, op: str, at: str, *, withdrawn: bool = False) -> Lockfile:
    """Open an op, or record it as withdrawn."""
    entry = lockfile.secrets["a"]
    made = generation_of(entry.id, op, 2, at, withdrawn=withdrawn)
    changed = entry.with_generation(op, made)._replace(pending="" if withdrawn else op, mac="")
    return signed(evolve(lockfile, secrets={"a": changed}))


class TestHeads:
    def test_the_higher_count_wins_whole(self):
        """Two rotations on one branch beat one later rotation on the other; the winner's head is copied as it is."""
        ours = rotated(rotated(BASE, op_of(2), later(1)), op_of(3), later(2))
        theirs = rotated(BASE, op_of(9), later(99))
        entry = merged(BASE, ours, theirs).secrets["a"]
        assert (entry.current, entry.previous, entry.mac) == (op_of(3), op_of(2), ours.secrets["a"].mac)
        assert set(entry.generations) == {op_of(1), op_of(2), op_of(3), op_of(9)}

    def test_of_equal_counts_the_later_wins(self):
        """Both branches rotated once: the later moment decides, then the greater op."""
        early, late = rotated(BASE, op_of(9), later(1)), rotated(BASE, op_of(2), later(2))
        assert merged(BASE, early, late).secrets["a"].current == op_of(2)
        same = rotated(BASE, op_of(3), later(1))
        assert merged(BASE, early, same).secrets["a"].current == op_of(9)

    def test_of_one_generation_the_open_op_wins(self):
        """The same current value on both sides: the side that began something keeps it open."""
        opened = pending(BASE, op_of(2), later(1))
        assert merged(BASE, opened, BASE).secrets["a"].pending == op_of(2)
        assert merged(None, opened, BASE).secrets["a"].pending == op_of(2)

    def test_of_two_open_ops_the_later_wins(self):
        """Both began: the later one stays open, the other stays known."""
        one, two = pending(BASE, op_of(9), later(1)), pending(BASE, op_of(2), later(2))
        entry = merged(BASE, one, two).secrets["a"]
        assert entry.pending == op_of(2)
        assert op_of(9) in entry.generations

    def test_a_withdrawn_op_is_not_made_pending_again(self):
        """One side withdrew what the other still calls pending: it stays withdrawn."""
        opened = pending(BASE, op_of(2), later(1))
        withdrawn = pending(BASE, op_of(2), later(1), withdrawn=True)
        for base in (None, BASE, opened):
            entry = merged(base, opened, withdrawn).secrets["a"]
            assert entry.pending == ""
            assert entry.generations[op_of(2)].withdrawn

    def test_an_open_op_loses_to_a_finished_one(self):
        """A commit on the other branch closes what was open here, and the losing op is only history."""
        opened, done = pending(BASE, op_of(5), later(9)), rotated(BASE, op_of(2), later(1))
        entry = merged(BASE, opened, done).secrets["a"]
        assert (entry.current, entry.pending) == (op_of(2), "")
        assert op_of(5) in entry.generations

    def test_a_migrated_entry_beats_one_of_0_14(self):
        """An entry that has a generation wins over one that could not be verified yet."""
        old = lockfile_of({"a": Entry("sec_a", "", AT, legacy="sha256:" + "ab" * 32)})
        assert merged(old, old, BASE).secrets["a"].current == op_of(1)
        assert merged(None, old, BASE).secrets["a"].legacy == ""

    def test_the_same_secret_made_twice_keeps_both_values_known(self):
        """Two branches created one name: it has one id, so both generations stay and one of them is current."""
        one, two = (
            lockfile_of({"a": entry_of("sec_a", op, at=at)}) for op, at in ((op_of(7), AT), (op_of(4), later(1)))
        )
        entry = merged(lockfile_of({}), one, two).secrets["a"]
        assert entry.current == op_of(4)
        assert set(entry.generations) == {op_of(4), op_of(7)}

    def test_a_rename_on_one_side_is_kept(self):
        """A secret is found by its id: a rename here and a rotation there are one secret; the winner's name stays."""
        renamed = lockfile_of({"b": entry_of("sec_a", op_of(1))._replace(mac="")})
        assert set(merged(BASE, renamed, BASE).secrets) == {"b"}
        both = merged(BASE, renamed, rotated(BASE, op_of(2), later(1)))
        assert [entry.current for entry in both.secrets.values()] == [op_of(2)]

    def test_one_name_with_two_ids_is_one_secret(self):
        """Where ids differ all the same, the winner takes the name, whichever side it is on."""
        one, two = (
            lockfile_of({"a": entry_of("sec_x", op_of(1))}),
            lockfile_of({"a": entry_of("sec_y", op_of(1), op_of(2))}),
        )
        assert merged(None, one, two).secrets["a"].id == "sec_y"

    def test_a_rename_gives_way_to_another_secret_of_that_name(self):
        """One branch renames a to b, the other makes a new b: both stay whole, the renamed one under its old name."""
        renamed = lockfile_of({"b": entry_of("sec_a", op_of(1))})
        created = lockfile_of({**BASE.secrets, "b": entry_of("sec_b", op_of(2))})
        result = merged(BASE, renamed, created)
        assert {name: (entry.id, entry.current) for name, entry in result.secrets.items()} == {
            "a": ("sec_a", op_of(1)),
            "b": ("sec_b", op_of(2)),
        }
        assert result.secrets["a"].mac == BASE.secrets["a"].mac

    def test_a_rename_that_gives_way_keeps_its_rotation(self):
        """What the branch that renamed it made since is known under the old name, and its targets say where it is."""
        renamed = rotated(lockfile_of({"b": entry_of("sec_a", op_of(1))}), op_of(3), later(1), "b")
        created = lockfile_of({**BASE.secrets, "b": entry_of("sec_b", op_of(2))})
        entry = merged(BASE, renamed, created).secrets["a"]
        assert (entry.id, entry.current, entry.targets[URI].op) == ("sec_a", op_of(1), op_of(3))
        assert set(entry.generations) == {op_of(1), op_of(3)}

    def test_two_secrets_that_have_one_name_only(self):
        """Two ids under one name, and no other name for either: the head that wins stays."""
        one = lockfile_of({"b": entry_of("sec_x", op_of(1))})
        two = lockfile_of({"b": entry_of("sec_y", op_of(2), op_of(3))})
        assert merged(None, one, two).secrets["b"].id == "sec_y"


class TestTargets:
    def test_each_target_keeps_its_later_record(self):
        """A record that names the losing op stays, and so shows as not done."""
        ours = rotated(rotated(BASE, op_of(2), later(1)), op_of(3), later(2))
        theirs = rotated(BASE, op_of(9), later(99))
        entry = merged(BASE, ours, theirs).secrets["a"]
        assert entry.current == op_of(3)
        assert entry.targets[URI].op == op_of(9)

    def test_a_removal_survives_a_side_that_did_nothing(self):
        """A target record that one side pruned stays away; one that the other side wrote meanwhile comes back."""
        pruned = signed(evolve(BASE, secrets={"a": BASE.secrets["a"]._replace(targets={}, mac="")}))
        assert merged(BASE, pruned, BASE).secrets["a"].targets == {}
        assert URI in merged(BASE, pruned, rotated(BASE, op_of(2), later(1))).secrets["a"].targets

    def test_marked_as_removed_beats_the_untouched_record(self):
        """Of two records of one write, the one that left the manifest is the later."""
        record = BASE.secrets["a"].targets[URI]._replace(removed_at=later(5), mac="")
        gone = signed(evolve(BASE, secrets={"a": amend(BASE.secrets["a"], targets={URI: record})}))
        assert merged(None, gone, BASE).secrets["a"].targets[URI].removed_at == later(5)

    def test_a_target_that_came_back_stays(self):
        """A write after the removal is the later record, although only the other one names a removal."""
        record = BASE.secrets["a"].targets[URI]
        gone, back = record._replace(removed_at=later(5), mac=""), record._replace(at=later(9), mac="")
        sides = [
            signed(evolve(BASE, secrets={"a": amend(BASE.secrets["a"], targets={URI: one})})) for one in (gone, back)
        ]
        assert merged(BASE, *sides).secrets["a"].targets[URI].at == later(9)


class TestObjects:
    @staticmethod
    def at(remote: str, at: str, *ops: str) -> Lockfile:
        return signed(evolve(BASE, objects={"vault://kv/a": ObjectRecord(at, ops, remote)}))

    @pytest.mark.parametrize(
        ("higher", "lower"),
        [
            ("10", "9"),
            ("v:10", "v:9"),
            ("updated_at:2026-11-21T10:00:00Z", "updated_at:2026-11-21T09:59:59Z"),
            ("100000000000000000001", "99999999999999999999"),
        ],
    )
    def test_the_platforms_own_order_comes_first(self, higher: str, lower: str):
        """Numbers and moments of the platform decide, whatever our clocks said."""
        found = merged(None, self.at(higher, AT, "A"), self.at(lower, later(99), "B"))
        assert found.objects["vault://kv/a"].remote == higher

    def test_without_such_an_order_the_later_write_counts(self):
        """Opaque versions are ordered by the moment of the write, then by the greater record."""
        found = merged(None, self.at("zzz", AT, "A"), self.at("aaa", later(1), "B"))
        assert found.objects["vault://kv/a"].remote == "aaa"
        found = merged(None, self.at("zzz", AT, "A"), self.at("aaa", AT, "A"))
        assert found.objects["vault://kv/a"].remote == "zzz"

    def test_one_marker_with_two_ops_counts_as_outdated(self):
        """It is unknown which value the object holds: the record that is kept does not name the current one."""
        ours, theirs = rotated(BASE, op_of(2), later(1)), rotated(BASE, op_of(3), later(2))
        objects = [{URI: ObjectRecord(later(3), (op,), "7")} for op in (op_of(2), op_of(3))]
        sides = [signed(evolve(side, objects=known)) for side, known in zip((ours, theirs), objects, strict=True)]
        found = merged(BASE, *sides)
        assert found.secrets["a"].current == op_of(3)
        assert found.objects[URI].ops == (op_of(2),)

    def test_one_marker_that_both_get_half_right_is_forgotten(self):
        """Where each record names a value that should be there and one that should not, neither stays."""
        start = lockfile_of({"a": entry_of("sec_a", op_of(1)), "b": entry_of("sec_b", op_of(1))})
        ours = rotated(rotated(start, op_of(2), later(9)), op_of(4), later(1), "b")
        theirs = rotated(rotated(start, op_of(3), later(1)), op_of(5), later(9), "b")
        ours = signed(evolve(ours, objects={"vault://kv/a": ObjectRecord(AT, (op_of(2), op_of(4)), "7")}))
        theirs = signed(evolve(theirs, objects={"vault://kv/a": ObjectRecord(AT, (op_of(3), op_of(5)), "7")}))
        assert merged(start, ours, theirs).objects == {}


class TestWhole:
    def test_a_forgotten_secret_stays_forgotten(self):
        """What one side cleaned and the other left alone is gone; what the other changed stays."""
        assert merged(BASE, lockfile_of({}), BASE).secrets == {}
        assert merged(BASE, lockfile_of({}), rotated(BASE, op_of(2), later(1))).secrets["a"].current == op_of(2)
        assert set(merged(None, lockfile_of({}), BASE).secrets) == {"a"}

    def test_orphans_and_later_keys_are_united(self):
        """Both sides' orphans stay, and settled ones go; a key of a later version that one side changed is kept."""
        one, two = {"kind": "key", "what": "1"}, {"kind": "key", "what": "2"}
        base = evolve(BASE, orphans=(one,), extra={"x": 1})
        ours, theirs = evolve(BASE, orphans=(), extra={"x": 2}), evolve(BASE, orphans=(one, two), extra={"x": 1})
        found = merged(base, ours, theirs)
        assert found.orphans == (two,)
        assert found.extra == {"x": 2}

    def test_two_projects_are_not_merged(self):
        """Records of different projects, or signed with different keys, cannot be merged."""
        other = evolve(BASE, project="prj_other")
        rekeyed = evolve(BASE, key=KeyRecord(ProjectKey(b"\1" * 32).id, "00000000"))
        for theirs in (other, rekeyed):
            for base in (None, BASE, theirs):
                for sides in ((BASE, theirs), (theirs, BASE)):
                    with pytest.raises(TwoProjectsError):
                        merge_lockfiles(base, *sides)

    def test_a_side_that_did_nothing_changes_nothing(self):
        """Whatever the other side is, even a migrated file of 0.14, it is taken as it is."""
        old = Lockfile(schema=1, secrets={"a": Entry("", "", AT, legacy="sha256:" + "ab" * 32)})
        for base, other in ((old, BASE), (BASE, rotated(BASE, op_of(2), later(1)))):
            assert merge_lockfiles(base, base, other) is other
            assert merge_lockfiles(base, other, base) is other

    def test_a_file_of_0_14_is_not_merged(self):
        """Schema 1 on one side, changed on both: the message names the remedy."""
        old = Lockfile(schema=1, secrets={"a": Entry("", "", AT, legacy="sha256:" + "ab" * 32)})
        with pytest.raises(LockfileError, match=r"0\.14"):
            merge_lockfiles(None, old, BASE)


class TestConflictMarkers:
    @staticmethod
    def by_hand(tmp_path: Path, base: Lockfile, ours: Lockfile, theirs: Lockfile, *options: str) -> bytes:
        """Merge three files as git does without a driver, and return what it leaves behind."""
        for name, side in (("base", base), ("ours", ours), ("theirs", theirs)):
            (tmp_path / name).write_bytes(render_lockfile(side, None)[0])
        command = ["git", "merge-file", "-p", *options, "ours", "base", "theirs"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).stdout

    @pytest.mark.parametrize("style", ["", "--diff3", "--zdiff3"])
    def test_two_rotations_are_resolved_as_by_the_driver(self, tmp_path: Path, style: str):
        """The sides that git left in the file merge to what the driver would have made."""
        ours, theirs = rotated(BASE, op_of(2), later(1)), rotated(BASE, op_of(3), later(2))
        left = self.by_hand(tmp_path, BASE, ours, theirs, *[style] * bool(style))
        assert b"<<<<<<<" in left
        assert merge_lockfiles(*resolve_conflicts(left, NAME)) == merged(BASE, ours, theirs)

    def test_a_base_is_only_believed_where_git_shows_it(self):
        """Without the middle part the base is unknown, even if the rest of the file reads as a lockfile."""
        first, rest = render_lockfile(BASE, None)[0].decode().split("\n", 1)
        for middle, known in (([], False), (["||||||| base"], True)):
            lines = [first, "<<<<<<< a", '  "x": 1,', *middle, "=======", '  "x": 2,', ">>>>>>> b", rest]
            base, ours, theirs = resolve_conflicts("\n".join(lines).encode(), NAME)
            assert (base is not None) == known
            assert (ours.extra, theirs.extra) == ({"x": 1}, {"x": 2})

    def test_random_branches_are_resolved_or_refused(self, tmp_path: Path):
        """Of random pairs of branches, every merge by hand keeps all generations, signed, or is refused with a line."""
        refused = 0
        for seed in range(60):
            base = Branch(Random(seed), lockfile_of({})).live(12)
            ours = Branch(Random(seed + 1000), base, 500).live(5)
            theirs = Branch(Random(seed + 2000), base, 500).live(5)
            left = self.by_hand(tmp_path, base, ours, theirs)
            try:
                found = merge_lockfiles(*resolve_conflicts(left, NAME))
            except LockfileError as error:
                refused += error.line > 0
                continue
            assert SIGNER.verify(found) == []
            for name in found.secrets.keys() & ours.secrets.keys() & theirs.secrets.keys():
                known = {**ours.secrets[name].generations, **theirs.secrets[name].generations}
                assert set(found.secrets[name].generations) == set(known)
        assert refused < 6

    def test_a_file_without_markers_is_both_sides(self):
        """There is nothing to resolve, and so nothing changes."""
        content, _ = render_lockfile(BASE, None)
        sides = resolve_conflicts(content, NAME)
        assert sides[1:] == (BASE, BASE)
        assert merge_lockfiles(*sides) == BASE

    @pytest.mark.parametrize(
        "markers",
        [
            ["<<<<<<< a"],
            ["<<<<<<< a", "======="],
            ["<<<<<<< a", ">>>>>>> b"],
            ["<<<<<<< a", "<<<<<<< b"],
            ["<<<<<<< a", "=======", "=======", ">>>>>>> b"],
        ],
    )
    def test_markers_that_do_not_match_are_refused(self, markers: list[str]):
        """A conflict without its middle or its end is refused with its line; nothing is guessed."""
        text = render_lockfile(BASE, None)[0].decode().replace("{\n", "{\n" + "\n".join(markers) + "\n", 1)
        with pytest.raises(LockfileError, match="do not match") as caught:
            resolve_conflicts(text.encode(), NAME)
        assert caught.value.line

    def test_an_invalid_side_is_refused_at_its_line(self):
        """Lines are those of the file with the markers, not of the side."""
        lines = render_lockfile(BASE, None)[0].decode().split("\n")
        lines[2:3] = ["<<<<<<< a", lines[2], "=======", '  "project": oops,', ">>>>>>> b"]
        with pytest.raises(LockfileError) as caught:
            resolve_conflicts("\n".join(lines).encode(), NAME)
        assert caught.value.line == 6


def test_the_key_is_never_needed():
    """Merging copies records: an object that signs is not among the arguments, and all signatures stay right."""
    assert KEY.id == BASE.key.id if BASE.key else False
    found = merged(BASE, rotated(BASE, op_of(2), later(1)), pending(BASE, op_of(3), later(2)))
    assert found.project == PROJECT

"""The journal: what is written is read again, and nothing else opens it."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lockfiles import op_of

from secretzero.engine.state.journal import Ids, Journal, Keyring, Record, peek
from secretzero.errors import LockfileError
from secretzero.keys import ProjectKey, Sealer
from secretzero.testing.fakes import Dice, MemoryDisk

PATH = "/state/runs/1/journal"
SHARED, LOCAL = ProjectKey(bytes(range(32))), ProjectKey(bytes(range(1, 33)))
SEALERS: Mapping[bool, Sealer] = {False: Sealer(SHARED.journal, Dice(1)), True: Sealer(LOCAL.journal, Dice(2))}
KEYRING = Keyring(Ids(key=SHARED.id, local_key=LOCAL.id, project="prj_a", local_project="prj_b"), SEALERS)
MATERIAL = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(), lambda inner: st.lists(inner, max_size=3)
)


def named(**ids: str) -> Keyring:
    """Return the keyring with other ids."""
    return KEYRING._replace(ids=KEYRING.ids._replace(**ids))  # type: ignore[arg-type]


def intent(number: int, value: object = "hunter2", *, local: bool = False) -> Record:
    """Return an op's intent."""
    return Record("intent", op_of(number), local, {"value": value, "targets": ["file://.env#A"]})


def done(*numbers: int) -> Record:
    """Return the record of an object that was written for some ops."""
    return Record("done", "", False, {"object": "file://.env", "fields": {f"u{n}": op_of(n) for n in numbers}})


def new(disk: MemoryDisk, keyring: Keyring = KEYRING) -> Journal:
    """Return the journal of a process that just began."""
    journal = Journal(disk, PATH, lambda: keyring)
    journal.load()
    return journal


@pytest.fixture
def disk() -> MemoryDisk:
    """A state folder."""
    return MemoryDisk(folders=("/state/runs/1",))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.tuples(MATERIAL, st.booleans()), max_size=4), max_size=4))
def test_what_was_appended_is_read_again(batches: list[list[tuple[object, bool]]]):
    """In whatever batches, of either lockfile, with any value: the records come back in their order."""
    disk, written = MemoryDisk(folders=("/state/runs/1",)), []
    for batch in batches:
        records = [intent(len(written) + n, value, local=local) for n, (value, local) in enumerate(batch)]
        new(disk).append(records)
        written += records
    assert new(disk).records == written
    assert new(disk).open_ops == {record.op for record in written}


def test_nothing_is_readable_without_the_key(disk: MemoryDisk):
    """In clear stand the ids and which ops are open, and never a value or a name."""
    new(disk).append([intent(1), done(1)])
    content = disk.read(PATH) or b""
    assert b"hunter2" not in content
    assert b".env" not in content
    header = peek(content)
    assert (header.project, header.key, header.local_project, header.ops) == ("prj_a", SHARED.id, "prj_b", (op_of(1),))


@pytest.mark.parametrize("content", [b"", b"{", b"[]\n", b'{"format": "another"}\n'])
def test_what_is_no_journal_tells_nothing(content: bytes):
    """A file that was cut before its first line was whole has no op."""
    assert peek(content).exists
    assert peek(content).ops == ()
    assert not peek(None).exists


def test_a_batch_is_one_append_with_one_fsync(disk: MemoryDisk):
    """However many records: durable before `append` returns."""
    journal = new(disk)
    disk.points.begin()
    journal.append([intent(n) for n in range(50)])
    operations = [operation for operation, _ in disk.points.trace]
    assert operations.count("append") == 1
    assert operations.count("fsync") == 1


def test_no_records_write_nothing(disk: MemoryDisk):
    """Not even the header."""
    new(disk).append([])
    assert disk.read(PATH) is None


def test_another_key_is_refused(disk: MemoryDisk):
    """A journal that another key wrote is named, and nothing is cut off it."""
    new(disk).append([intent(1)])
    before = disk.read(PATH)
    with pytest.raises(LockfileError, match="another key") as refused:
        new(disk, named(key="key_OTHER"))
    assert "key import" in refused.value.hint
    assert disk.read(PATH) == before


@pytest.mark.parametrize("name", ["project", "local_project", "local_key"])
def test_another_project_is_refused(disk: MemoryDisk, name: str):
    """A journal of another project is not a torn tail, even if one key opens both."""
    new(disk).append([intent(1)])
    before = disk.read(PATH)
    with pytest.raises(LockfileError, match="another"):
        new(disk, named(**{name: "prj_z"}))
    assert disk.read(PATH) == before


@pytest.mark.parametrize("garbage", [b"\0" * 300, b"\0\0\0\x20?" + b"x" * 90, bytes(range(255, 100, -1))])
def test_garbage_at_the_end_is_cut(disk: MemoryDisk, garbage: bytes):
    """Bytes that cannot be a record are what a power failure leaves."""
    new(disk).append([intent(1)])
    before = disk.read(PATH)
    disk.append(PATH, garbage)
    new(disk).cut_tail()
    assert disk.read(PATH) == before


def test_a_hole_in_the_last_record_is_cut_and_a_changed_bit_is_refused(disk: MemoryDisk):
    """A record of full length that was never written in full is torn; one that was, and does not open, was altered."""
    new(disk).append([intent(1)])
    first = disk.read(PATH) or b""
    new(disk).append([intent(2)])
    content = disk.read(PATH) or b""
    disk.replace(PATH, content[:-30] + bytes(30))
    assert new(disk).open_ops == {op_of(1)}
    disk.replace(PATH, content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(LockfileError, match="at the end"):
        new(disk)
    assert len(disk.read(PATH) or b"") > len(first)


@pytest.mark.parametrize("local", [False, True])
def test_a_project_that_began_later_is_named_before_its_first_record(disk: MemoryDisk, local: bool):  # noqa: FBT001 - a parameter of the test
    """The header is completed with one replace, so that no moment has a record whose project stands nowhere."""
    missing = {"project": "", "key": ""} if local else {"local_project": "", "local_key": ""}
    new(disk, named(**missing)).append([intent(1, local=local)])
    journal = new(disk)
    disk.points.begin()
    journal.append([intent(2, local=not local)])
    operations = [operation for operation, _ in disk.points.trace]
    assert operations.index("rename") < operations.index("sync") < operations.index("append")
    assert (peek(disk.read(PATH)).project, peek(disk.read(PATH)).local_project) == ("prj_a", "prj_b")
    assert new(disk).records == [intent(1, local=local), intent(2, local=not local)]
    journal.erase({op_of(1), op_of(2)})
    assert disk.read(PATH) is None


def read_or_refused(disk: MemoryDisk) -> str:
    """Return the ops that can be read, or that the journal was refused."""
    try:
        return " ".join(record.op for record in new(disk).records)
    except LockfileError:
        return "refused"


@pytest.mark.parametrize("change", ["swap", "drop", "flip", "op"])
def test_records_are_bound_to_their_place(disk: MemoryDisk, change: str):
    """Two that change places, one that is taken out, a bit, another op: whatever is altered before the end is found."""
    journal = new(disk)
    journal.append([intent(1)])
    first = len(disk.read(PATH) or b"")
    journal.append([intent(2)])
    second = len(disk.read(PATH) or b"")
    journal.append([intent(3)])
    content = disk.read(PATH) or b""
    head = content.index(b"\n") + 1
    frames = content[head:first], content[first:second], content[second:]
    altered = {
        "swap": frames[1] + frames[0] + frames[2],
        "drop": frames[1] + frames[2],
        "flip": frames[0][:-1] + bytes([frames[0][-1] ^ 1]) + frames[1] + frames[2],
        "op": frames[0].replace(op_of(1).encode(), op_of(9).encode()) + frames[1] + frames[2],
    }[change]
    disk.replace(PATH, content[:head] + altered)
    assert read_or_refused(disk) in {"refused", ""}


class TestErasing:
    def test_the_last_op_takes_the_file_along(self, disk: MemoryDisk):
        """An empty journal is unlinked, durably."""
        journal = new(disk)
        journal.append([intent(1), intent(2), done(1, 2)])
        journal.erase({op_of(1), op_of(2)})
        assert disk.read(PATH) is None
        assert disk.points.trace[-1] == ("sync", "/state/runs/1")

    def test_the_others_stay(self, disk: MemoryDisk):
        """What was erased cannot be read any more; a record of several ops goes with the last of them."""
        journal = new(disk)
        journal.append([intent(1), intent(2), done(1, 2), done(1)])
        journal.erase({op_of(1)})
        assert new(disk).records == [intent(2), done(1, 2)]
        new(disk).append([intent(3)])
        assert new(disk).open_ops == {op_of(2), op_of(3)}

    def test_what_is_not_there_is_no_reason_to_write(self, disk: MemoryDisk):
        """An op that the journal never had changes no byte."""
        journal = new(disk)
        journal.append([intent(1)])
        before = disk.read(PATH)
        journal.erase({op_of(9)})
        assert disk.read(PATH) == before


def test_a_record_does_not_show_its_value():
    """Neither in a log nor in a traceback."""
    assert "hunter2" not in repr(intent(1))

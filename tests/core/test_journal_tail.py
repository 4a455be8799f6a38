"""A journal that was cut anywhere keeps what was whole, and takes new records that can be read again."""

import os

from secretzero.engine.state.journal import Ids, Journal, Keyring, Record
from secretzero.keys import ProjectKey, Sealer
from secretzero.testing.disk import MemoryDisk
from secretzero.testing.fakes import Dice

PATH = "/state/runs/one/journal"
OPS = [f"01JDX{number:021d}" for number in range(3)]


def journal_on(disk: MemoryDisk) -> Journal:
    """Return the journal as a new process opens it."""
    sealer = Sealer(ProjectKey.new(Dice(1)).journal, os.urandom)
    return Journal(disk, PATH, lambda: Keyring(Ids(key="key_1", project="prj_1"), {False: sealer}))


def intent(op: str) -> Record:
    """Return the record that holds a value."""
    return Record("intent", op, False, {"secret": "db", "value": op})


def test_whatever_is_cut_off_what_is_written_next_is_read_again():
    """For every length of a torn journal: whole records stay, and a later run reads them and what was appended."""
    whole = MemoryDisk()
    whole.make_folder(os.path.dirname(PATH))
    journal_on(whole).append([intent(OPS[0]), intent(OPS[1])])
    content = whole.read(PATH) or b""
    kept = set()
    for length in range(len(content) + 1):
        disk = MemoryDisk()
        disk.make_folder(os.path.dirname(PATH))
        disk.append(PATH, content[:length])
        torn = journal_on(disk)
        torn.load()
        before = [record.op for record in torn.records]
        torn.cut_tail()
        torn.append([intent(OPS[2])])
        again = journal_on(disk)
        again.load()
        assert [record.op for record in again.records] == [*before, OPS[2]], length
        kept.add(len(before))
    assert kept == {0, 1, 2}

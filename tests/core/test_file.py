"""Files as stores: one key at a time, under their own lock, inside the project."""

import errno
import os
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from secretzero.clock import SystemClock
from secretzero.errors import BusyError, ConflictError, NotFoundError, ProviderError, RejectedError
from secretzero.files import LocalDisk, Stamp, temporary
from secretzero.protocols.stores import Deletable, Listable, Synced, Versioned
from secretzero.stores.file import FileStore, Folder
from secretzero.testing.fakes import MemoryDisk, SetClock
from secretzero.testing.faults import Crash
from secretzero.values import SecretValue, Version

BOTH = SecretValue({"A": "one", "B": "two"})


def folder_of(tmp_path: Path, **options: object) -> Folder:
    """Open a project with its manifest in a folder below the root."""
    manifest = tmp_path / "project" / "deploy"
    manifest.mkdir(parents=True, exist_ok=True)
    return Folder(
        LocalDisk(), str(manifest), str(tmp_path / "project"), str(tmp_path / "locks"), SystemClock(), **options
    )


def folder_in_memory(disk: MemoryDisk | None = None, **options: object) -> Folder:
    """Open a project on a disk in memory."""
    disk = disk or MemoryDisk(folders=["/project/deploy", "/home", "/locks"])
    return Folder(disk, "/project/deploy", "/project", "/locks", SetClock(), "/home", **options)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """Run under another umask."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode_of(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


# -- what it is -------------------------------------------------------------------------------------------------------


def test_it_is_deleted_and_synced_and_neither_listed_nor_versioned():
    """A file has the capabilities that a file has."""
    store = FileStore(folder_in_memory())
    assert isinstance(store, Deletable)
    assert isinstance(store, Synced)
    assert not isinstance(store, Listable)
    assert not isinstance(store, Versioned)


def test_its_version_is_a_digest_that_is_never_recorded():
    """Equal bytes are equal versions, and no marker goes into a lockfile."""
    store = FileStore(folder_in_memory())
    one, other = store.write(".env", BOTH), store.write("b.env", BOTH)
    assert one.version == other.version
    assert (one.marker, store.describe(".env").marker) == (None, None)


def test_a_version_that_is_gone_is_not_read():
    """Whoever asks for the version that was described gets that one, or nothing."""
    store = FileStore(folder_in_memory())
    old = store.write(".env", BOTH).version
    assert store.read(".env", old) == BOTH
    store.write(".env", SecretValue({"A": "three"}))
    with pytest.raises(NotFoundError):
        store.read(".env", old)


def test_what_would_change_nothing_is_not_written():
    """The same values again touch no byte of the file."""
    folder = folder_in_memory()
    store = FileStore(folder)
    first = store.write(".env", BOTH)
    before = folder.disk.points.count
    assert store.write(".env", BOTH, remove=["ABSENT"]) == first
    assert folder.disk.points.count == before


def test_every_other_byte_stays():
    """Comments, order, line ends and unknown lines are somebody else's."""
    folder = folder_in_memory()
    folder.disk.put("/project/deploy/.env", b"# ours?\r\nexport Z=1\r\n\r\nA=old\r\nnot a line\r\n")
    FileStore(folder).write(".env", SecretValue({"A": "new"}))
    assert folder.disk.files()["/project/deploy/.env"] == b"# ours?\r\nexport Z=1\r\n\r\nA=new\r\nnot a line\r\n"


def test_a_file_that_our_removal_leaves_without_a_byte_is_deleted():
    """A file that would be empty is not created."""
    folder = folder_in_memory()
    store = FileStore(folder)
    store.write(".env", BOTH)
    assert store.write(".env", SecretValue({}), remove=["A", "B"]).version == ""
    assert folder.disk.files() == {}


def test_a_file_in_which_a_comment_is_left_stays():
    """A comment is somebody else's, and keeps the file."""
    folder = folder_in_memory()
    folder.disk.put("/project/deploy/.env", b"# why\nA=1\n")
    FileStore(folder).write(".env", SecretValue({}), remove=["A"])
    assert folder.disk.files() == {"/project/deploy/.env": b"# why\n"}


def test_removing_from_a_file_that_is_not_there_makes_none():
    """What is gone already needs no file."""
    folder = folder_in_memory()
    assert FileStore(folder).write(".env", SecretValue({}), remove=["A"]).version == ""
    assert folder.disk.files() == {}


def test_a_file_that_cannot_be_read_is_named_with_the_line_and_without_a_value():
    """Whoever has to mend a file hears where, not what."""
    folder = folder_in_memory()
    folder.disk.put("/project/deploy/a.json", b'{"A": "hunter2",\n oops}')
    with pytest.raises(RejectedError, match=r"a\.json: .*line 2") as caught:
        FileStore(folder).describe("a.json")
    assert "hunter2" not in str(caught.value)


def test_a_folder_is_synced_once_however_many_files_were_written():
    """Renames become durable together."""
    folder = folder_in_memory()
    stores = [FileStore(folder), FileStore(folder, "json")]
    for number in range(5):
        stores[number % 2].write(f"file{number}", BOTH)
    assert ("sync", "/project/deploy") not in folder.disk.points.trace
    for store in stores:
        store.sync()
    assert folder.disk.points.trace.count(("sync", "/project/deploy")) == 1


def test_a_write_is_durable_after_sync():
    """After a power failure a synced write is there, and one that was not synced is whole or absent."""
    folder = folder_in_memory()
    store = FileStore(folder)
    store.write(".env", BOTH)
    store.sync()
    store.write("late.env", BOTH)
    folder.disk.reboot(lost="everything")
    assert store.read(".env") == BOTH
    assert store.describe("late.env") is None


def test_what_an_interrupted_write_left_is_removed_by_the_next():
    """No half-written file with a value in it stays behind."""
    folder = folder_in_memory()
    left = temporary("/project/deploy/.env")
    folder.disk.put(left, b"A='half")
    FileStore(folder).write(".env", BOTH)
    assert left not in folder.disk.files()
    folder.disk.put(left, b"A='half")
    FileStore(folder).write(".env", BOTH)
    assert left not in folder.disk.files()


def test_a_crash_at_any_moment_leaves_the_old_file_or_the_new():
    """There is no third state, whatever a power failure loses."""
    seen = set()
    for moment in range(1, 8):
        folder = folder_in_memory()
        folder.disk.put("/project/deploy/.env", b"A=old\n")
        folder.disk.crash_at(moment)
        try:
            FileStore(folder).write(".env", SecretValue({"A": "new"}))
            FileStore(folder).sync()
        except Crash:
            pass
        folder.disk.reboot(lost="everything")
        seen.add(folder.disk.files()["/project/deploy/.env"])
    assert seen == {b"A=old\n", b"A=new\n"}


# -- conflicts --------------------------------------------------------------------------------------------------------


class Intruder(LocalDisk):
    """A disk on which somebody else writes at the last moment before a rename."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, path: str) -> bytes | None:
        """Let the intruder write just after the file was read."""
        content = super().read(path)
        self.path.write_bytes(b"A=theirs\n")
        return content


def test_a_change_after_the_file_was_read_is_a_conflict(tmp_path: Path):
    """Size, inode and time are compared again just before the rename."""
    folder = folder_of(tmp_path)
    target = tmp_path / "project/deploy/.env"
    target.write_bytes(b"A=old\n")
    late = Folder(Intruder(target), folder.folder, folder.root, folder.locks, folder.clock)
    with pytest.raises(ConflictError):
        FileStore(late).write(".env", SecretValue({"A": "new"}))
    assert target.read_bytes() == b"A=theirs\n"
    assert sorted(os.listdir(target.parent)) == [".env"]


def test_a_lock_that_another_run_holds_is_waited_for_and_then_said():
    """Waiting for a lock ends, and no write happens without it."""
    folder = folder_in_memory(lock_wait=5.0)
    store = FileStore(folder)
    store.write(".env", BOTH)
    with store._held(".env"), pytest.raises(BusyError):
        store.write(".env", SecretValue({"A": "three"}))
    assert store.read(".env") == BOTH


WRITER = """
import sys
from secretzero.clock import SystemClock
from secretzero.files import LocalDisk
from secretzero.stores.file import FileStore, Folder
from secretzero.values import SecretValue

project, locks, who = sys.argv[1:]
store = FileStore(Folder(LocalDisk(), project, project, locks, SystemClock()))
for number in range(200):
    store.write(".env", SecretValue({f"{who}_{number}": f"value {number}"}))
    assert store.read(".env").part(f"{who}_{number}").reveal() == f"value {number}"
store.sync()
"""


def test_two_processes_that_write_different_keys_200_times_lose_none(tmp_path: Path):
    """The lock of a file holds between processes."""
    command = [sys.executable, "-c", WRITER, str(tmp_path), str(tmp_path / "locks")]
    writers = [subprocess.Popen([*command, who]) for who in ("LEFT", "RIGHT")]
    assert [writer.wait() for writer in writers] == [0, 0]
    folder = Folder(LocalDisk(), str(tmp_path), str(tmp_path), str(tmp_path / "locks"), SystemClock())
    found = FileStore(folder).read(".env").reveal()
    assert found == {f"{who}_{n}": f"value {n}" for who in ("LEFT", "RIGHT") for n in range(200)}


# -- modes and links (G18) --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_a_new_file_has_its_mode_whatever_the_umask(tmp_path: Path, mask: int, mode: int):
    """0600 unless the manifest says otherwise, and new folders 0700."""
    folder = folder_of(tmp_path)
    with umask(mask):
        FileStore(folder, mode=mode).write("new/deep/.env", BOTH)
    made = tmp_path / "project/deploy/new"
    assert mode_of(made / "deep/.env") == mode
    assert (mode_of(made), mode_of(made / "deep"), mode_of(tmp_path / "locks")) == (0o700, 0o700, 0o700)
    assert all(mode_of(lock) == 0o600 for lock in (tmp_path / "locks").iterdir())


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize("mode", [0o400, 0o600, 0o640, 0o644, 0o660])
def test_an_existing_file_keeps_its_mode(tmp_path: Path, mask: int, mode: int):
    """Neither wider nor narrower than its owner made it."""
    target = tmp_path / "project/deploy/.env"
    folder = folder_of(tmp_path)
    target.write_text("A=1\n")
    target.chmod(mode)
    with umask(mask):
        FileStore(folder, mode=0o600).write(".env", BOTH)
    assert mode_of(target) == mode


def test_a_temporary_file_is_private_before_its_first_byte(tmp_path: Path):
    """Between creation and rename nobody else can read the value."""
    seen = []

    class Watching(LocalDisk):
        def stamp(self, path: str) -> Stamp | None:
            temp = Path(temporary(path))
            if temp.exists():
                seen.append((mode_of(temp), temp.stat().st_size > 0))
            return super().stamp(path)

    folder = folder_of(tmp_path)
    with umask(0):
        FileStore(Folder(Watching(), folder.folder, folder.root, folder.locks, folder.clock)).write(".env", BOTH)
    assert seen == [(0o600, True)]


def test_a_link_inside_the_project_is_written_through(tmp_path: Path):
    """The file behind the link changes; the link stays a link."""
    folder = folder_of(tmp_path)
    shared = tmp_path / "project/shared.env"
    shared.write_text("# shared\n")
    link = tmp_path / "project/deploy/.env"
    link.symlink_to("../shared.env")
    FileStore(folder).write(".env", BOTH)
    assert link.is_symlink()
    assert shared.read_text().startswith("# shared\n")
    assert "A=one" in shared.read_text()


@pytest.mark.parametrize(
    ("link", "target", "path"),
    [
        ("deploy/.env", "../../outside.env", ".env"),
        ("deploy/.env", "{tmp}/outside.env", ".env"),
        ("deploy/config", "../..", "config/outside.env"),
        ("deploy/one", "two/outside.env", "one"),
        ("deploy/.env", "{tmp}/absent.env", ".env"),
    ],
)
@pytest.mark.parametrize("verb", ["describe", "read", "write", "delete"])
def test_a_link_that_leaves_the_project_is_refused(tmp_path: Path, link: str, target: str, path: str, verb: str):
    """Through whatever link: nothing outside is read, written or deleted."""
    folder = folder_of(tmp_path)
    outside = tmp_path / "outside.env"
    outside.write_text("A=theirs\n")
    (tmp_path / "project/deploy/two").symlink_to("../..")
    os.symlink(target.format(tmp=tmp_path), tmp_path / "project" / link)
    store = FileStore(folder)
    assert folder.leaves_project(path)
    with pytest.raises(RejectedError, match="out of the project"):
        getattr(store, verb)(path, *([BOTH] if verb == "write" else []))
    assert outside.read_text() == "A=theirs\n"
    assert not (tmp_path / "absent.env").exists()


@pytest.mark.parametrize("path", ["../../x.env", "/etc/secretzero-test", "~/x.env", "/project2/x.env"])
def test_a_path_that_leaves_the_project_is_outside(path: str):
    """So are `..`, absolute paths and the home folder; a neighbour whose name begins alike is one, too."""
    folder = folder_in_memory()
    assert folder.leaves_project(path)
    assert not folder.leaves_project("../x.env")
    assert not folder.leaves_project("/project/x.env")


def test_what_a_person_trusts_may_be_outside():
    """With trust the same paths are written, but no folder is made for them."""
    folder = folder_in_memory(allow_outside=True)
    FileStore(folder).write("~/x.env", BOTH)
    assert "/home/x.env" in folder.disk.files()
    with pytest.raises(ProviderError):
        FileStore(folder).write("~/new/x.env", BOTH)


def test_links_that_go_round_are_said(tmp_path: Path):
    """A circle of links is an error with the path, not a hang."""
    folder = folder_of(tmp_path)
    (tmp_path / "project/deploy/a").symlink_to("b")
    (tmp_path / "project/deploy/b").symlink_to("a")
    with pytest.raises(ProviderError, match="a"):
        FileStore(folder).write("a", BOTH)


def test_a_link_in_place_of_the_temporary_file_is_not_followed(tmp_path: Path):
    """Whoever plants a link there gets no byte."""
    folder = folder_of(tmp_path)
    bait = tmp_path / "bait"
    bait.write_text("bait")
    os.symlink(bait, temporary(str(tmp_path / "project/deploy/.env")))
    LocalDisk().replace(str(tmp_path / "project/deploy/.env"), b"A=one\n")
    assert bait.read_text() == "bait"
    os.symlink(bait, temporary(str(tmp_path / "project/deploy/.env")))
    FileStore(folder).write(".env", BOTH)
    assert bait.read_text() == "bait"
    assert not (tmp_path / "project/deploy/.env").is_symlink()


# -- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("moment", [1, 2, 3, 4])
def test_whatever_the_disk_refuses_the_old_file_stays(error: int, moment: int):
    """A refusal is an error of the file, in the system's words, and changes nothing."""
    folder = folder_in_memory()
    folder.disk.put("/project/deploy/.env", b"A=old\n")
    folder.disk.refuse_at(moment, error)
    with pytest.raises(ProviderError, match=os.strerror(error)) as caught:
        FileStore(folder).write(".env", SecretValue({"A": "hunter2"}))
    assert "hunter2" not in f"{caught.value!r} {caught.value.__context__!r}"
    assert folder.disk.files() == {"/project/deploy/.env": b"A=old\n"}


def test_a_file_that_reads_back_differently_is_an_error():
    """What was written is looked at again."""

    class Forgetful(MemoryDisk):
        def replace(self, path: str, content: bytes, **options: object) -> Stamp:
            return super().replace(path, content[:-1], **options)

    folder = folder_in_memory(Forgetful(folders=["/project/deploy"]))
    with pytest.raises(ProviderError, match="read back"):
        FileStore(folder).write(".env", BOTH)


REFUSED = """
import sys
from secretzero.clock import SystemClock
from secretzero.errors import ProviderError
from secretzero.files import LocalDisk
from secretzero.stores.file import FileStore, Folder
from secretzero.values import SecretValue

project, locks, path = sys.argv[1:]
store = FileStore(Folder(LocalDisk(), project, project, locks, SystemClock()))
try:
    store.write(path, SecretValue({"A": "hunter2"}))
except ProviderError as error:
    print(error)
else:
    print("written")
"""


def as_nobody(tmp_path: Path, path: str) -> str:
    """Write as a user without privileges, whom modes concern, and return what was said."""
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    locks = tmp_path / "locks"
    locks.mkdir(exist_ok=True)
    locks.chmod(0o777)
    command = [*nobody, sys.executable, "-c", textwrap.dedent(REFUSED), str(tmp_path), str(locks), path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", env=_environment())
    assert done.returncode == 0, done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    return done.stdout.strip()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A folder that everybody may enter; skipped where this user cannot become another."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    for folder in (tmp_path, *tmp_path.parents):
        if folder.name.startswith(("pytest", "popen")):
            folder.chmod(0o755)
    return tmp_path


def test_a_folder_that_may_not_be_written_is_refused_in_plain_words(shared: Path):
    """The system's refusal is said with the path; the file stays."""
    (shared / ".env").write_text("A=old\n")
    assert as_nobody(shared, ".env") == "cannot write .env: Permission denied"
    assert (shared / ".env").read_text() == "A=old\n"


def test_a_file_that_may_not_be_read_is_said_to_be_unreadable():
    """Looking is not called writing."""

    class Unreadable(MemoryDisk):
        def read(self, path: str) -> bytes | None:
            raise PermissionError(errno.EACCES, "", path)

    with pytest.raises(ProviderError, match=r"cannot read \.env: Permission denied"):
        FileStore(folder_in_memory(Unreadable())).describe(".env")


def test_a_file_that_may_not_be_read_is_refused(shared: Path):
    """What cannot be read cannot be edited, and is not replaced."""
    shared.chmod(0o777)
    (shared / ".env").write_text("A=old\n")
    (shared / ".env").chmod(0o600)
    assert as_nobody(shared, ".env") == "cannot write .env: Permission denied"
    assert (shared / ".env").read_text() == "A=old\n"


def test_a_user_without_privileges_writes_its_own(shared: Path):
    """The same user writes where it may: the refusals above are about modes."""
    shared.chmod(0o777)
    assert as_nobody(shared, "own/.env") == "written"
    made = shared / "own/.env"
    assert (made.stat().st_uid, mode_of(made), mode_of(made.parent)) == (65534, 0o600, 0o700)


def test_an_expected_version_is_compared_before_anything_is_touched():
    """A conflict leaves no temporary file and no moment."""
    folder = folder_in_memory()
    store = FileStore(folder)
    store.write(".env", BOTH)
    before = folder.disk.points.count
    with pytest.raises(ConflictError):
        store.write(".env", SecretValue({"A": "x"}), expected=Version("older"))
    assert folder.disk.points.count == before

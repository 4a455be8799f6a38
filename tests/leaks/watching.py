"""Runs a command under strace and reads what it asked of the system."""

import os
import re
import shlex
import shutil
import subprocess
from typing import NamedTuple

import pytest
from shell import PROGRAM, Answer, Project

_CHANGES = (
    "creat rename renameat renameat2 unlink unlinkat mkdir mkdirat rmdir link linkat symlink symlinkat chmod fchmod "
    "fchmodat fchmodat2 chown fchown lchown fchownat truncate ftruncate fallocate utime utimes utimensat futimesat "
    "mknod mknodat setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr mount umount2"
).split()
_OPENS = ("open", "openat", "openat2")
_STARTS = ("execve", "execveat")
_FORKS = ("fork", "vfork", "clone", "clone3")
_TALKS = ("socket", "connect", "bind", "sendto", "sendmsg")
_WRITING = re.compile(r"\bO_(WRONLY|RDWR|CREAT|TRUNC|APPEND)\b")
_LINE = re.compile(r"^\d+ +(\w+)\((.*)$")
_PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')


class Seen(NamedTuple):
    """What a command did: its answer, and what it asked of the system, in the words of strace."""

    answer: Answer
    changes: list[str]
    starts: list[str]
    forks: list[str]
    talks: list[str]
    drawn: int

    @property
    def changed(self) -> set[str]:
        """Return every path that was to be changed, or opened for writing."""
        return {path for line in self.changes for path in _PATH.findall(line)}


def strace() -> str:
    """Return why nothing can be traced here; nothing where it can."""
    if shutil.which("strace") is None:
        return "there is no strace"
    done = subprocess.run(["strace", "-f", "-o", os.devnull, "true"], capture_output=True, check=False)
    return "" if done.returncode == 0 else "strace may not trace"


def need_strace() -> None:
    """Skip where nothing can be traced, but fail where that is required."""
    if not (reason := strace()):
        return
    if "strace" in os.environ.get("SECRETZERO_TEST_REQUIRE", ""):
        pytest.fail(reason)
    pytest.skip(reason)


def watched(
    project: Project, *words: str, options: str = "", program: str = PROGRAM, stdin: bytes = b"", **environ: str
) -> Seen:
    """Run a command under strace; `options` are further words for strace."""
    log = os.path.join(os.path.dirname(project.folder), "strace.log")
    names = ",".join(f"?{name}" for name in (*_CHANGES, *_OPENS, *_STARTS, *_FORKS, *_TALKS, "getrandom", "fsync"))
    quick = "" if "inject=" in options else "--seccomp-bpf"
    tracing = f"strace -f {quick} -y -s 1000000 -e trace={names} {options} -o {shlex.quote(log)}"
    command = f"exec {tracing} {shlex.join([program, *words])}"
    answer = project.process(script=command, stdin=stdin, **environ)
    with open(log, encoding="utf-8", errors="surrogateescape") as file:
        calls = [(match[1], match[2]) for match in map(_LINE.match, file) if match]
    return Seen(
        answer,
        [f"{name}({text}" for name, text in calls if name in _CHANGES or (name in _OPENS and _WRITING.search(text))],
        [f"{name}({text}" for name, text in calls if name in _STARTS],
        [f"{name}({text}" for name, text in calls if name in _FORKS and "CLONE_THREAD" not in text],
        [f"{name}({text}" for name, text in calls if name in _TALKS],
        sum(
            int(text.rpartition("= ")[2])
            for name, text in calls
            if name == "getrandom" and "GRND_NONBLOCK" not in text and "unfinished" not in text
        ),
    )

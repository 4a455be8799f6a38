"""What a process that `run` starts hears of signals, and what the terminal, job control and process 1 are to it."""

import os
import pty
import select
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress

import pytest
from bounds import PATIENCE, wait_for
from shell import PROGRAM, Project

from secretzero_cli.child.process import FORWARDED

LISTENER = """
import os, select, signal, sys
bell, wire = os.pipe()
os.set_blocking(wire, False)
signal.set_wakeup_fd(wire)  # A blocking read would miss a signal that comes just before it.
for number in map(int, sys.argv[1].split(",")):
    signal.signal(number, lambda *_: None)
print("ready", os.getpid(), os.getpgrp(), flush=True)
while 0 not in (ready := select.select([0, bell], [], [])[0]):
    for number in os.read(bell, 100):
        os.write(1, b"heard %d\\n" % number)
sys.exit(5)
"""
COUNT = """
import signal, time
heard = []
signal.signal(signal.SIGINT, lambda *_: heard.append(1))
print("ready", flush=True)
while not heard:
    time.sleep(0.01)
time.sleep(0.3)
print("count", len(heard))
"""
HOLD = """
import sys
def held(event, arguments):
    if event == "open" and str(arguments[0]).endswith("Secretfile.yml"):
        open("go").read()
sys.addaudithook(held)
"""
GENTLE = sorted(FORWARDED - {signal.SIGTSTP, signal.SIGCONT})


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory):
    """One secret, synced."""
    project = Project(tmp_path_factory.mktemp("signals"))
    assert project("sync").code == 0
    return project


@contextmanager
def started(project: Project, *words: str, **options: object):
    """Start `run` with a command, wait until it is ready, and leave nothing behind."""
    process = subprocess.Popen(
        [PROGRAM, "run", *words],
        cwd=project.folder,
        env=project.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )
    try:
        yield process, process.stdout.readline().split()[1:]
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("options", [(), ("--redact",)])
def test_each_signal_reaches_the_childs_process_group_once(project: Project, options: tuple[str, ...]):
    """The child decides what a signal means; it has a group of its own, so that its children hear it as well."""
    listener = (sys.executable, "-c", LISTENER, ",".join(map(str, GENTLE)))
    with started(project, *options, "--", *listener) as (process, (pid, group)):
        assert pid == group != str(os.getpgid(process.pid))
        for number in GENTLE:
            process.send_signal(number)
            assert process.stdout.readline() == f"heard {int(number)}\n"
        out, _ = process.communicate("\n", PATIENCE)
        assert (out, process.returncode) == ("", 5)


@pytest.mark.parametrize("options", [(), ("--redact",)])
def test_grandchildren_hear_it_too(project: Project, options: tuple[str, ...]):
    """A shell that waits for its child ends as soon as that child does."""
    begun = "while ! grep -q sleep /proc/$!/comm; do :; done"
    script = f"sleep 60 & {begun}; echo ready $!; wait; wait $!; echo gone"
    with started(project, *options, "--", "sh", "-c", f"trap : TERM; {script}") as (process, (sleeper,)):
        process.terminate()
        out, _ = process.communicate(timeout=PATIENCE)
        assert (out, process.returncode) == ("gone\n", 0)
        with pytest.raises(ProcessLookupError):
            os.kill(int(sleeper), 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1])
def test_a_signal_that_ends_the_child_is_the_exit_code(project: Project, number: int):
    """128 and its number."""
    with started(project, "--", "sh", "-c", "ulimit -c 0; echo ready; exec sleep 60") as (process, _):
        process.send_signal(number)
        assert process.wait(PATIENCE) == 128 + number


def test_stop_and_continue_are_passed_on(project: Project):
    """Without a terminal nobody waits for us to stop: the child does, and goes on when it is told to."""
    with started(project, "--", "sh", "-c", "echo ready $$; read line; exit 4", start_new_session=True) as (
        process,
        (child,),
    ):
        process.send_signal(signal.SIGTSTP)
        wait_for(lambda: state(child) == "T")
        process.send_signal(signal.SIGCONT)
        wait_for(lambda: state(child) == "S")
        process.communicate("\n", PATIENCE)
        assert process.returncode == 4


def test_a_signal_before_the_start_ends_us(project: Project):
    """Until there is a child there is nobody to tell, and nothing to finish."""
    project.write("hold/sitecustomize.py", HOLD)
    os.mkfifo(project.path("go"))
    environ = {**project.environ, "PYTHONPATH": project.path("hold")}
    process = subprocess.Popen([PROGRAM, "run", "--", "touch", "started"], cwd=project.folder, env=environ)
    with open(project.path("go"), "w"):
        process.terminate()
        assert process.wait(PATIENCE) == 128 + signal.SIGTERM
    assert not os.path.exists(project.path("started"))


def state(pid: str | int):
    """Return the letter by which the kernel calls the state of a process."""
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


class Shell:
    """An interactive shell at a terminal of its own, with job control."""

    def __init__(self, project: Project) -> None:
        self.pid, self.handle = pty.fork()
        if self.pid == 0:  # pragma: no cover - the child
            os.chdir(project.folder)
            os.execve(  # noqa: S606 - a shell is meant
                "/bin/bash", ["bash", "--norc", "--noprofile", "-i"], {**project.environ, "PS1": "$ ", "TERM": "dumb"}
            )
        self.text = ""
        self.until("$ ")

    def type(self, text: str):
        """Type something."""
        os.write(self.handle, text.encode())

    def until(self, expected: str):
        """Read until something appears; return everything before it."""
        while expected not in self.text:
            assert select.select([self.handle], [], [], PATIENCE)[0], f"no {expected!r} in {self.text!r}"
            self.text += os.read(self.handle, 65536).decode()
        before, _, self.text = self.text.partition(expected)
        return before

    def line(self, command: str):
        """Type a command line, wait for its end, and return what it wrote."""
        self.type(f"{command}\n")
        self.until("\r\n")
        return self.until("$ ")

    def until_it_reads(self):
        """Wait until the child, alone in the foreground, sleeps: it waits for what is typed."""

        def reads() -> bool:
            front = os.tcgetpgrp(self.handle)
            with suppress(OSError), open(f"/proc/{front}/comm") as name:
                return name.read() == "sh\n" and state(front) == "S"
            return False

        wait_for(reads)

    def close(self):
        os.close(self.handle)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


@pytest.fixture
def shell(project: Project):
    """Return an interactive shell, which is gone afterwards."""
    shell = Shell(project)
    yield shell
    shell.close()


def test_a_child_reads_from_the_terminal(shell: Shell):
    """It is in the foreground, and the shell is again afterwards."""
    shell.type(f"{PROGRAM} run -- sh -c 'echo wait''ing; read x; echo got $x'\n")
    shell.until("waiting")
    shell.type("this\n")
    assert "got this" in shell.until("$ ")
    assert "130" not in shell.line("echo $?")


def test_the_terminal_is_given_back(shell: Shell, project: Project):
    """A script that goes on reads from it as before."""
    project.write("ask", 'echo rea""dy; read x; echo one $x\n')
    project.write("script", f"{PROGRAM} run -- sh ask; read y; echo two $y\n")
    shell.type("sh script\n")
    shell.until("ready")
    shell.type("first\n")
    shell.until("one first")
    shell.type("second\n")
    assert "two second" in shell.until("$ ")


def test_ctrl_c_reaches_the_child_once(shell: Shell, project: Project):
    """The terminal tells the foreground group, which is the child's; we neither die before it nor tell it again."""
    project.write("count.py", COUNT)
    shell.type(f"{PROGRAM} run -- {sys.executable} count.py\n")
    shell.until("ready")
    shell.type("\x03")
    assert "count 1" in shell.until("$ ")
    shell.type(f"{PROGRAM} run -- sh -c 'echo rea''dy; exec sleep 60'\n")
    shell.until("ready")
    shell.type("\x03")
    shell.until("$ ")
    assert shell.line("echo $?").startswith("130")


def test_ctrl_z_stops_the_job_and_fg_continues_it(shell: Shell):
    """The shell sees its job stop; in the foreground again, the child has the terminal again."""
    shell.type(f"{PROGRAM} run -- sh -c 'echo rea''dy; read x; echo got $x'\n")
    shell.until("ready")
    shell.until_it_reads()
    shell.type("\x1a")
    assert "Stopped" in shell.until("$ ")
    assert "Stopped" in shell.line("jobs")
    shell.type("fg\n")
    shell.until("run")
    shell.until_it_reads()
    shell.type("again\n")
    assert "got again" in shell.until("$ ")
    assert shell.line("jobs") == ""


def test_a_job_in_the_background_stops_when_its_child_wants_the_terminal(shell: Shell):
    """As any program does; in the foreground it gets what it wanted."""
    shell.line(f"{PROGRAM} run -- sh -c 'read x; echo got $x' &")
    wait_for(lambda: "Stopped" in shell.line("jobs"))
    shell.type("fg\n")
    shell.until("run")
    shell.until_it_reads()
    shell.type("later\n")
    assert "got later" in shell.until("$ ")


def test_a_child_behind_a_pipe_gets_the_terminal_when_it_asks(shell: Shell):
    """With stdin elsewhere the terminal stays with the job, until the child reads from it."""
    shell.type(f"echo x | {PROGRAM} run -- sh -c 'echo rea''dy; read y < /dev/tty; echo got $y' | cat\n")
    shell.until("ready")
    shell.type("typed\n")
    assert "got typed" in shell.until("$ ")


def test_the_terminal_is_the_childs_own_unless_output_is_redacted(shell: Shell):
    """Bytes to a terminal are untouched and the child sees one; with --redact it sees a pipe."""
    assert (
        shell.line(
            f"CI=1 {PROGRAM} run -- sh -c 'test -t 0 && test -t 1 && test -t 2; echo $?; cat .env'"
        ).splitlines()[0]
        == "0"
    )
    text = shell.line(f"{PROGRAM} run --redact -- sh -c 'test -t 1; echo $? $DB_PASSWORD'")
    assert "1 ********" in text


def test_orphans_are_reaped_as_process_1(project: Project):
    """In a container we are process 1: what loses its parent becomes ours, and does not stay as a zombie."""
    command = ["unshare", "--pid", "--fork", "--mount-proc", PROGRAM, "run", "--"]
    count = "grep -l '^State:.Z' /proc/[0-9]*/status | wc -l"
    orphans = "for i in 1 2 3; do (sleep 0.1 & exec true); done; sleep 0.6"
    reaped = f"n=0; while [ $n -lt 2000 ] && [ $({count}) != 0 ]; do n=$((n+1)); done"
    script = f"{orphans}; {reaped}; tr '\\0' ' ' < /proc/1/cmdline; {count}; exit 9"
    probe = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("this user may not make a process namespace")
    done = subprocess.run(
        [*command, "sh", "-c", script],
        cwd=project.folder,
        env=project.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 9, done.stderr
    assert " run -- sh" in done.stdout
    assert done.stdout.endswith("0\n")


def test_process_1_passes_signals_on(project: Project):
    """The kernel ignores what process 1 does not handle; a container is stopped by TERM all the same."""
    command = [
        "unshare",
        "--pid",
        "--fork",
        "--mount-proc",
        PROGRAM,
        "run",
        "--",
        "sh",
        "-c",
        "echo ready; exec sleep 60",
    ]
    if subprocess.run(
        ["unshare", "--pid", "--fork", "--mount-proc", "true"], capture_output=True, check=False
    ).returncode:
        pytest.skip("this user may not make a process namespace")
    process = subprocess.Popen(command, cwd=project.folder, env=project.environ, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
        os.kill(int(file.read().split()[0]), signal.SIGTERM)
    assert process.wait(PATIENCE) == 143
    process.stdout.close()


def test_nothing_has_threads(project: Project):
    """One thread waits, and one thread passes redacted output on."""
    for options in ((), ("--redact",)):
        with started(project, *options, "--", "sh", "-c", "echo ready; read x") as (process, _):
            assert len(os.listdir(f"/proc/{process.pid}/task")) == 1

"""Runs command lines of the SecretZero that this Python has, with a fixed clock and fixed randomness.

Started as ``python driver.py FOLDER CHECKOUT`` with a list of scenes on stdin; writes a JSON line for each step: exit
code, output and every file that there is afterwards. Each step is a process of its own, a fork of this one, and starts
from the same random numbers at the same moment, whichever version runs it.
"""

import datetime as dt
import json
import os
import runpy
import shutil
import sys
from collections import Counter
from contextlib import suppress
from hashlib import shake_256
from importlib import import_module

BEGIN = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


class Fixed(dt.datetime):
    """A moment that passes only between steps."""

    present = BEGIN

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
        """Return the moment of the step."""
        return cls.present.astimezone(tz)


class Randomness:
    """Stands for os.urandom. Each length has a sequence of its own: the order of unlike draws does not matter."""

    def __init__(self) -> None:
        self.step = 0
        self.drawn = Counter[int]()

    def __call__(self, count: int) -> bytes:
        self.drawn[count] += 1
        return shake_256(f"{self.step} {count} {self.drawn[count]}".encode()).digest(count)


def files(top: str) -> dict[str, tuple[str, int]]:
    """Return text and mode of every file, locks and git's own apart."""
    found = {}
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(set(folders) - {"locks", ".git"})
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, top)] = (file.read().decode("latin-1"), os.stat(path).st_mode)
    return found


def inside(top: str, step: dict[str, object], checkout: str) -> int:
    """Become the program, in the forked process; return its exit code."""
    for number, name in enumerate(("in", "out", "err")):
        handle = os.open(f"{top}.{name}", os.O_RDWR | os.O_CREAT)
        os.dup2(handle, number)
    os.chdir(f"{top}/project")
    os.environ.clear()
    environ = {"HOME": f"{top}/home", "XDG_STATE_HOME": f"{top}/home/state", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    os.environ.update({**environ, **dict(step.get("environ", {}))})  # type: ignore[call-overload]
    words = [str(word) for word in step["run"]]  # type: ignore[attr-defined]
    try:
        if "".join(words[:1]).endswith(".py"):
            sys.argv = [os.path.join(checkout, words[0]), *words[1:]]
            runpy.run_path(sys.argv[0], run_name="__main__")
        else:
            from secretzero_cli.main import main

            sys.argv = ["secretzero", *words]
            main()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        with open(f"{top}.modules", "w", encoding="utf-8") as file:
            file.write(" ".join(name for name, module in sys.modules.items() if getattr(module, "__spec__", None)))
    return 0


def change(folder: str, step: dict[str, str]) -> None:
    """Change a file as a person would."""
    path = os.path.join(folder, step["file"])
    if "old" in step and os.path.exists(path):
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        step = {**step, "text": text.replace(step["old"], step["new"])}
    if "text" in step:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(step["text"])
    elif "old" not in step and os.path.exists(path):
        os.unlink(path)


def ran(top: str, step: dict[str, object], checkout: str) -> dict[str, object]:
    """Run a step and return what it did."""
    with open(f"{top}.in", "w", encoding="utf-8") as file:
        file.write(str(step.get("stdin", "")))
    for name in ("out", "err"):
        with open(f"{top}.{name}", "w", encoding="utf-8"):
            pass
    child = os.fork()
    if child == 0:
        code = 70
        try:
            code = inside(top, step, checkout)
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with open(f"{top}.modules", encoding="utf-8") as file:
        for module in file.read().split():
            with suppress(ImportError):
                import_module(module)  # What one step has loaded, the next ones need not load.
    answer: dict[str, object] = {"code": code, "files": files(top)}
    for name in ("out", "err"):
        with open(f"{top}.{name}", encoding="utf-8", errors="surrogateescape", newline="") as file:
            answer[name] = file.read()
    return answer


def main(folder: str, checkout: str) -> None:
    """Play every scene in a fresh folder."""
    random = os.urandom = Randomness()  # type: ignore[assignment]
    dt.datetime = Fixed  # type: ignore[misc]
    from secretzero import __version__

    os.umask(0o022)
    scenes = json.load(sys.stdin)
    sys.stdout.write(json.dumps(__version__) + "\n")
    for number, scene in enumerate(scenes):
        top = f"{folder}/{number}"
        for part in ("home", "project"):
            os.makedirs(f"{top}/{part}")
        for name, text in scene["files"].items():
            change(f"{top}/project", {"file": name, "text": text})
        for step_number, step in enumerate(scene["steps"]):
            random.step, random.drawn = step_number, Counter()
            Fixed.present = BEGIN + step_number * DAY
            if "file" in step:
                change(f"{top}/project", step)
            else:
                sys.stdout.write(json.dumps(ran(top, step, checkout)) + "\n")
                sys.stdout.flush()
        shutil.rmtree(top)


if __name__ == "__main__":
    main(*sys.argv[1:])

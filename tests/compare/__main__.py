"""Plays the same scenes on two versions and names what differs: `python -m tests.compare OLD NEW [--words] [SCENE...]`.

OLD and NEW are checkouts, each with its own `.venv`. Files must be equal byte for byte, JSON as data, exit codes and
revealed values exactly. Sentences for people may differ: they are counted, and shown with `--words`.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .scenes import Scene, scenes

WORDS = {"message", "hint", "reason", "notices", "warnings", "description"}
MENDED = {"bad: a regex that is too long", "bad: a regex that repeats too much"}
"""Scenes in which the version before was wrong: patterns of policies were not checked."""
EXACT = {"export", "run", "--reveal"}
DRIVER = str(Path(__file__).with_name("driver.py"))


def played(checkout: str, folder: str, chosen: list[Scene]) -> list[dict[str, Any]]:
    """Play the scenes on one version; its own number is hidden in what it writes."""
    command = [f"{checkout}/.venv/bin/python", DRIVER, folder, checkout]
    scenes = json.dumps([scene._asdict() for scene in chosen])
    done = subprocess.run(command, input=scenes, stdout=subprocess.PIPE, text=True, check=True, cwd=checkout)
    version, *lines = done.stdout.splitlines()
    return [json.loads(line.replace(json.loads(version), "VERSION")) for line in lines]


def differences(old: object, new: object, path: str = "") -> Iterator[tuple[str, object, object]]:
    """Yield each place of two documents where they differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            yield from differences(old.get(key, "-"), new.get(key, "-"), f"{path}.{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, pair in enumerate(zip(old, new, strict=True)):
            yield from differences(*pair, f"{path}[{number}]")
    elif old != new or type(old) is not type(new):
        yield path, old, new


def document(text: str) -> object:
    """Return what JSON text holds; None when it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def in_plan(path: str, old: object, new: object) -> Iterator[tuple[str, object, object]]:
    """Yield every difference of two saved plans; the seal covers the sentences, so it differs with them."""
    for inner, before, after in differences(old, new):
        last = inner.rpartition(".")[2]
        yield f"words in {path}{inner}" if last in {*WORDS, "seal"} else f"{path}{inner}", before, after


def compared(words: list[str], old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    """Yield every difference of a step; the name of one that is for people only begins with ``words``."""
    yield from differences(old["code"], new["code"], "exit code")
    for path, before, after in differences(old["files"], new["files"], "file "):
        if path.endswith("/saved.plan[0]"):
            yield from in_plan(path, document(str(before)), document(str(after)))
        else:
            yield f"words in {path}" if path.endswith("/Secretfile.yml[0]") else path, before, after
    data = document(old["out"]), document(new["out"])
    exact = EXACT & set(words) and old["code"] == 0
    if None not in data and data != (None, None):
        for path, before, after in differences(*data):
            kind = "words " if WORDS & set(path.replace("[", ".").split(".")) else "json "
            yield kind + path, before, after
    elif old["out"] != new["out"]:
        yield "stdout" if exact or not (old["out"] and new["out"]) else "words on stdout", old["out"], new["out"]
    if old["err"] != new["err"]:
        yield "words on stderr" if old["err"] and new["err"] else "stderr", old["err"], new["err"]


def main(old: str, new: str, *options: str) -> int:
    """Print every difference; exit 1 when one of them is more than words."""
    chosen = [scene for scene in scenes() if scene.name in options or not set(options) - {"--words"}]
    with tempfile.TemporaryDirectory() as folder:
        answers = [played(str(Path(checkout).resolve()), folder, chosen) for checkout in (old, new)]
    steps = [(scene.name, step["run"]) for scene in chosen for step in scene.steps if "run" in step]
    codes, kinds, bad = Counter[int](), Counter[str](), 0
    for (name, words), before, after in zip(steps, *answers, strict=True):
        codes[before["code"]] += 1
        for path, one, other in compared(words, before, after):
            worded = path.startswith("words") or name in MENDED
            kinds[path.rpartition(".")[2] if worded else "more than words"] += 1
            bad += not worded
            if not worded or "--words" in options:
                print(f"{name}: secretzero {' '.join(words)}: {path}\n  - {one!r}\n  + {other!r}")
    print(
        f"{len(chosen)} scenes, {len(steps)} steps; exit codes {dict(sorted(codes.items()))}; differences {dict(kinds)}"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""Independent readers: each returns what it finds in a file."""

import io
import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

NODE_DOTENV = "17.4.2"
FileReader = Callable[[Path, Sequence[str]], dict[str, object]]
TextReader = Callable[[bytes], object]
_HERE = Path(__file__).resolve().parents[2]


def by_shell(shell: str) -> FileReader:
    """Return a reader that sources the file in a shell and prints what the variables hold."""

    def read(file: Path, names: Sequence[str]) -> dict[str, object]:
        printed = "\n".join(f"printf '%s\\0' \"${name}\"" for name in names)
        script = file.with_suffix(".script")
        script.write_text(f". '{file}'\n{printed}\n")
        environ = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        done = subprocess.run([shell, str(script)], capture_output=True, check=True, env=environ)
        assert done.stderr == b""
        return dict(zip(names, done.stdout.decode().split("\0")[:-1], strict=True))

    return read


def by_python_dotenv(*, interpolate: bool) -> FileReader:
    """Return a reader that is python-dotenv."""

    def read(file: Path, _: Sequence[str]) -> dict[str, object]:
        from dotenv import dotenv_values

        return dict(dotenv_values(file, interpolate=interpolate))

    return read


def by_node(file: Path, _: Sequence[str]) -> dict[str, object]:
    """Read with the package dotenv on node."""
    package, path = json.dumps(_node_dotenv()), json.dumps(str(file))
    script = f"console.log(JSON.stringify(require({package}).parse(require('fs').readFileSync({path}))))"
    done = subprocess.run(["node", "-e", script], capture_output=True, check=True)
    return dict(json.loads(done.stdout))


def _node_dotenv() -> str:
    """Return the folder of the package; missing, it is fetched once into a folder that git ignores."""
    named = os.environ.get("SECRETZERO_TEST_NODE_DOTENV", "")
    cache = _HERE / ".tools" / f"dotenv-{NODE_DOTENV}"
    folder = Path(named) if named else cache / "node_modules" / "dotenv"
    if not folder.is_dir() and not named and shutil.which("npm"):
        subprocess.run(
            ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(cache), f"dotenv@{NODE_DOTENV}"],
            capture_output=True,
            check=False,
            timeout=120,
        )
    if folder.is_dir() and shutil.which("node"):
        return str(folder)
    message = (
        f"node with dotenv@{NODE_DOTENV} is not here: set SECRETZERO_TEST_NODE_DOTENV to the folder of the package"
    )
    if "node" in os.environ.get("SECRETZERO_TEST_REQUIRE", ""):
        pytest.fail(message)
    pytest.skip(message)


def by_json(text: bytes) -> object:
    """Read with the standard library."""
    return json.loads(text)


def by_pyyaml(text: bytes) -> object:
    """Read with PyYAML, which knows YAML 1.1."""
    import yaml

    return yaml.load(text, Loader=yaml.CSafeLoader)


def by_pure_pyyaml(text: bytes) -> object:
    """Read with the part of PyYAML that is Python."""
    import yaml

    return yaml.load(text, Loader=yaml.SafeLoader)


def by_ruamel(text: bytes) -> object:
    """Read with ruamel.yaml, which knows YAML 1.2."""
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load(io.BytesIO(text))


def by_tomllib(text: bytes) -> object:
    """Read with the standard library."""
    return tomllib.loads(text.decode())


def by_tomlkit(text: bytes) -> object:
    """Read with tomlkit."""
    import tomlkit

    return tomlkit.parse(text).unwrap()


def by_hcl2(text: bytes) -> object:
    """Read with python-hcl2, which finds the values and leaves the escapes in them to its caller."""
    import hcl2

    return _hcl(hcl2.loads(text.decode()))


_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def _hcl(found: object) -> object:
    """Resolve escapes (https://github.com/hashicorp/hcl, spec, "Template Literals"); some numbers come as text."""
    if isinstance(found, dict):
        return {_hcl(key) if key.startswith('"') else key: _hcl(value) for key, value in found.items()}
    if isinstance(found, list):
        return [_hcl(value) for value in found]
    return _hcl_text(found) if isinstance(found, str) else found


def _hcl_text(found: str) -> object:
    quoted = found.startswith('"')
    return _unescaped(found[1:-1]) if quoted else json.loads(found.removeprefix("${").removesuffix("}"))


def _unescaped(raw: str) -> str:
    """Resolve escapes from left to right, as HCL's scanner does: a pair of signs is passed over as a pair."""
    out, at = [], 0
    while at < len(raw):
        if raw[at] == "\\":
            size = {"u": 6, "U": 10}.get(raw[at + 1], 2)
            out.append(_SIMPLE[raw[at + 1]] if size == 2 else chr(int(raw[at + 2 : at + size], 16)))
        elif raw[at : at + 2] in {"${", "%{"}:
            raise AssertionError("a template begins here")
        elif raw[at : at + 3] in {"$${", "%%{"}:
            size = 3
            out.append(raw[at + 1 : at + 3])
        else:
            size = 2 if re.match(r"[$%][$%]", raw[at : at + 2]) else 1
            out.append(raw[at : at + size])
        at += size
    return "".join(out)

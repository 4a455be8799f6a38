"""Runs command lines one after another in this process, which has little memory, and each of which has little time.

Started as ``python limited.py BYTES`` with command lines on stdin, a JSON list each; answers a JSON object for each.
"""

import contextlib
import io
import json
import resource
import sys

from bounds import SECONDS, used

from secretzero_cli.main import called


def main() -> None:
    """Answer every line."""
    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for line in sys.stdin:
        folder, *words = json.loads(line)
        before = used()
        resource.setrlimit(resource.RLIMIT_CPU, (int(before) + SECONDS + 1, resource.RLIM_INFINITY))
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = called(words, {"HOME": folder, "MY_TOKEN": "canary-7"})
        result = {"code": code, "out": out.getvalue(), "err": err.getvalue(), "seconds": used() - before}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()

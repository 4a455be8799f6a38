"""An application that takes its password when it starts: `python app_startup.py [Secretfile.yml]`."""

import sys

from secretzero import Engine, SecretValue, SecretZeroError


def connect(user: str, password: SecretValue) -> str:
    """Stand for the client of a database; the value is revealed in the call that needs it, and nowhere else."""
    text = str(password.reveal())
    return f"connected as {user} with {len(text)} characters"


def main(manifest: str = "Secretfile.yml") -> int:
    """Start, or say in one line why not."""
    try:
        password = Engine.open(manifest).resolve("db_password")
    except SecretZeroError as error:
        print(f"cannot start: {error.message}; {error.hint}", file=sys.stderr)
        return 1
    print(connect("app", password))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

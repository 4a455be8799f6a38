"""An application that reads its password when it starts: `python app_startup.py [Secretfile.yml]`."""

import sys

from secretzero import Engine, SecretValue, SecretZeroError


def connect(user: str, password: SecretValue) -> str:
    """Simulate a database client; only the call that needs the value reveals it."""
    text = str(password.reveal())
    return f"connected as {user} with {len(text)} characters"


def main(manifest: str = "Secretfile.yml") -> int:
    """Start the application, or print one line that explains why it cannot start."""
    try:
        password = Engine.open(manifest).resolve("db_password")
    except SecretZeroError as error:
        print(f"cannot start: {error.message}; {error.hint}", file=sys.stderr)
        return 1
    print(connect("app", password))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""The references: drawing and writing without any record (W), files one by one, the bare YAML events (E)."""

import os
import secrets
import string
import sys
import time

ALPHABET = string.ascii_letters + string.digits + "!%*+,-./:=?@^_~"


def password() -> str:
    """Draw 32 characters with at least one of each class, as the generator does."""
    while True:
        drawn = "".join(secrets.choice(ALPHABET) for _ in range(32))
        if (
            any(c.islower() for c in drawn)
            and any(c.isupper() for c in drawn)
            and any(c.isdigit() for c in drawn)
            and any(not c.isalnum() for c in drawn)
        ):
            return drawn


def one(path: str, count: int) -> None:
    """Write all passwords into one file, with one fsync; the time spent in it goes to stderr."""
    text = "".join(f"SECRET_{number}='{password()}'\n" for number in range(count))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(handle, text.encode())
    started = time.perf_counter()
    os.fsync(handle)
    print(f"fsync {time.perf_counter() - started:.4f} s", file=sys.stderr)


def many(folder: str, count: int) -> None:
    """Write each password into a file of its own (temporary, fsync, rename), then sync the folder once."""
    os.makedirs(folder, exist_ok=True)
    for number in range(count):
        path = f"{folder}/{number}.env"
        handle = os.open(path + ".tmp", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(handle, f"SECRET_{number}='{password()}'\n".encode())
        os.fsync(handle)
        os.close(handle)
        os.rename(path + ".tmp", path)
    os.fsync(os.open(folder, os.O_RDONLY))


def events(path: str) -> None:
    """Run through the events of a YAML file, with the C loader."""
    import yaml

    with open(path, "rb") as stream:
        for _ in yaml.parse(stream, Loader=yaml.CSafeLoader):
            pass


if __name__ == "__main__":
    verb, place = sys.argv[1], sys.argv[2]
    if verb == "events":
        events(place)
    else:
        {"one": one, "many": many}[verb](place, int(sys.argv[3]))

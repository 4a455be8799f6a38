"""The keyed chain of audit records: every change to a log is detected."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secretzero.audit.chain import Chain, Head, Record

KEY = bytes(range(32))


def log_of(size: int, key: bytes = KEY) -> tuple[bytes, Head]:
    """Seal a number of records, one after the other."""
    chain, head, content = Chain(key), Head(), b""
    for number in range(size):
        record = Record(f"2026-11-21T09:28:{number:02d}Z", "apply", (f"secret_{number}",), "uid:1000", "sync", "why")
        line, head = chain.seal(head, record)
        content += line
    return content, head


def test_an_untouched_log_is_whole() -> None:
    """Sealed records verify one by one, and so does an empty log."""
    content, head = log_of(12)
    assert Chain(KEY).breaks(content, head) == []
    assert Chain(KEY).breaks(b"", Head()) == []
    assert [each["resource"] for each in Chain(KEY).records(content)] == [[f"secret_{n}"] for n in range(12)]


def test_a_record_after_the_known_end_is_valid_if_it_continues_the_chain() -> None:
    """A run that died between writing the record and saving the new end broke nothing."""
    content, _ = log_of(12)
    _, earlier = log_of(11)
    assert Chain(KEY).breaks(content, earlier) == []
    assert Chain(KEY).follow(content[earlier.size :], earlier) == log_of(12)[1]


def test_another_key_proves_nothing() -> None:
    """No record of a log sealed with another key is valid."""
    content, head = log_of(3)
    assert [found.line for found in Chain(bytes(32)).breaks(content, head)] == [1, 2, 3, 4]
    assert list(Chain(bytes(32)).records(content)) == []


def changed_byte(lines: list[bytes], dice: Random) -> None:
    """Change one byte anywhere."""
    row = dice.randrange(len(lines))
    at = dice.randrange(len(lines[row]))
    lines[row] = lines[row][:at] + bytes([lines[row][at] ^ dice.randrange(1, 256)]) + lines[row][at + 1 :]


def removed_byte(lines: list[bytes], dice: Random) -> None:
    """Remove one byte."""
    row = dice.randrange(len(lines))
    at = dice.randrange(len(lines[row]))
    lines[row] = lines[row][:at] + lines[row][at + 1 :]


def removed(lines: list[bytes], dice: Random) -> None:
    """Remove a run of records, possibly the last ones."""
    start = dice.randrange(len(lines))
    del lines[start : start + dice.randrange(1, 4)]


def doubled(lines: list[bytes], dice: Random) -> None:
    """Insert a copy of a record somewhere."""
    lines.insert(dice.randrange(len(lines) + 1), dice.choice(lines))


def swapped(lines: list[bytes], dice: Random) -> None:
    """Swap two records."""
    one, two = dice.sample(range(len(lines)), 2)
    lines[one], lines[two] = lines[two], lines[one]


def forged(lines: list[bytes], dice: Random) -> None:
    """Replace a record by one sealed with another key and the right sequence number."""
    other, _ = log_of(len(lines) + 1, bytes(32))
    at = dice.randrange(len(lines) + 1)
    lines.insert(at, other.splitlines(keepends=True)[at])


def cut(lines: list[bytes], dice: Random) -> None:
    """Truncate the log somewhere."""
    content = b"".join(lines)[: dice.randrange(sum(map(len, lines)))]
    lines[:] = content.splitlines(keepends=True)


@pytest.mark.parametrize("mutate", [changed_byte, removed_byte, removed, doubled, swapped, forged, cut])
def test_every_change_to_a_log_is_detected(mutate: object) -> None:
    """Edits, deletions, insertions, swaps, forgeries and cuts: a thousand of each, and all are detected."""
    content, head = log_of(12)
    dice, chain = Random(20261121), Chain(KEY)
    for _ in range(1000):
        lines = content.splitlines(keepends=True)
        mutate(lines, dice)  # type: ignore[operator]
        changed = b"".join(lines)
        assert changed == content or chain.breaks(changed, head), mutate


def test_the_first_break_names_its_line() -> None:
    """The line of an edited record is reported, and missing records are counted."""
    content, head = log_of(6)
    lines = content.splitlines(keepends=True)
    edited = b"".join([*lines[:2], lines[2].replace(b"why", b"WHY"), *lines[3:]])
    assert Chain(KEY).breaks(edited, head)[0] == (3, "this record was edited, or SecretZero did not write it")
    gone = b"".join([lines[0], *lines[3:]])
    assert Chain(KEY).breaks(gone, head)[0] == (2, "records 2 to 3 are missing before this one")
    short = b"".join(lines[:4])
    assert Chain(KEY).breaks(short, head) == [(5, "the log ends with record 4, but record 6 was written")]


@given(st.lists(st.text(max_size=20), max_size=4), st.text(max_size=20), st.text(max_size=20))
@settings(deadline=None)
def test_any_text_survives(names: list[str], subject: str, reason: str) -> None:
    """Names and reasons of any characters take one line and are read back unchanged."""
    chain = Chain(KEY)
    line, head = chain.seal(Head(), Record("t", "set", tuple(names), subject, "set", reason))
    assert line.count(b"\n") == 1
    assert chain.breaks(line, head) == []
    [record] = chain.records(line)
    assert (record["resource"], record["subject"], record["reason"]) == (names, subject, reason)

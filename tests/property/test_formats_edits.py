"""An edit keeps everything else byte for byte: comments, order, line endings, `export`, unknown lines."""

import json
from random import Random
from typing import NamedTuple

import pytest
from corpus import SEED, values

from secretzero.errors import RejectedError
from secretzero.formats import FORMATS


class Segment(NamedTuple):
    """A piece of a file: foreign when `name` is empty, else ``before + name + joint + value + after``."""

    before: str
    name: str = ""
    joint: str = ""
    value: str = ""
    after: str = ""

    def __str__(self) -> str:
        return "".join(self)


class Style(NamedTuple):
    """What the lines of a format look like: foreign ones, the text around a field, and the start of a new field."""

    foreign: list[str]
    before: list[str]
    joints: list[str]
    written: list[str]
    after: list[str]
    lead: str
    new: str


STYLES = {
    "dotenv": Style(
        ["", "# it's a comment\\", "  # FOO='x", "unknown line", "set -a", "FOREIGN=1 # c", "export OTHER='a\n\nb'  ",
         'D="x \\" y"', " E = spaced out ", "F=", "G='it\\'s' # ü", "H.i-j=k", "I='a'\\''b'", "\t", "J=#n", "K= # n"],
        ["", "", "export ", "  ", "\texport  "],
        ["=", "=", " = ", "= "],
        ["old", "", "'old'", '"old"', "'o\nl\nd'", '"o \\" d"', "o l d", "'o'\\''d'", "'o\\'d'"],
        ["", " # 'why", "   ", "\t#"],
        "=",
        "=",
    ),
    "yaml": Style(
        ["", "# it's a comment", " # indented", "foreign: 1 # c", "other: 'a\n\n  b'", "block: |\n  # text\n   x\n",
         "list:\n- 1\n# in between\n- 2", "map:\n  a: {b: c}\n\n  d: >-\n    folded", '"quoted" : "x"', "empty:",
         "no: yes"],
        ["", "", ""],
        [":", ": ", ":"],
        [" old", "", ' "old"', " 'o''d'", "\n  deep: 1\n  er: [2,\n   3]", "\n- a\n- b", " |\n  o\n  d", " {a: b}"],
        ["", " # why", "  "],
        ": ",
        ": ",
    ),
    "toml": Style(
        ["", "# it's a comment", "foreign = 1 # c", "other = '''a\n\nb'''", 'b = """x \\\n  """"', "l = [ # c\n 1,\n]",
         "d.e = 1", "d . f = 2", '"quoted" = 1979-05-27', "t = {a = 1}  "],
        ["", "", "  "],
        [" = ", "=", "  =  "],
        ["1", '"old"', "'o'", "[\n1, # x\n2]", "{a = ']'}", "'''o\nd'''", "1979-05-27T07:32:00Z"],
        ["", " # why", "  ", "#"],
        "",
        " = ",
    ),
    "tfvars": Style(
        ["", "# it's a comment", "// too", "/* a\n = b */", "foreign = 1 # c", "other = <<EOT\nx = 1\nEOT",
         "l = [ # c\n 1,\n]", 'm = {\n  a = "}"\n  b : 2\n}', 's = "a\\"b $${c}" // d'],
        ["", "", "  "],
        [" = ", "=", "  =  "],
        ["1", '"old"', "null", "[1, 2]", '{a = "b", c = 1}', '"\\\\"'],
        ["", " # why", "  ", " // x"],
        "",
        " = ",
    ),
}  # fmt: skip


def random_file(random: Random, style: Style) -> list[Segment]:
    """Return the lines of a file; foreign ones occur once each, fields at random, the last line perhaps unended."""
    end = random.choice(["\n", "\n", "\r\n"])
    foreign = random.sample(style.foreign, random.randrange(len(style.foreign)))
    found = [Segment(line.replace("\n", end) + end) for line in foreign]
    for name in random.sample(["DB", "TOKEN", "KEY_2", "Z"], random.randrange(5)):
        written = random.choice(style.written).replace("\n", end)
        after = random.choice(style.after) if style.lead != ": " or "\n" not in written else ""
        segment = Segment(random.choice(style.before), name, random.choice(style.joints), written, after + end)
        found.insert(random.randrange(len(found) + 1), segment)
    if found and random.random() < 0.3 and "\n" not in str(found[-1]).removesuffix(end):
        found[-1] = _unended(found[-1], end)
    return found


def _unended(segment: Segment, end: str) -> Segment:
    """Return the last line of a file without its line end."""
    if segment.name:
        return segment._replace(after=segment.after.removesuffix(end))
    return Segment(segment.before.removesuffix(end))


def wish(random: Random, form: str, corpus: list[str]) -> tuple[dict[str, object], list[str]]:
    """Return fields to set that the format can carry, and names to remove."""
    fields = {}
    for name in random.sample(["DB", "TOKEN", "KEY_2", "Z", "NEW"], random.randrange(4)):
        value = random.choice(corpus)
        try:
            FORMATS[form].check(name, value)
        except RejectedError:
            continue
        fields[name] = value
    return fields, [name for name in ["DB", "TOKEN", "Z", "GONE"] if name not in fields and random.random() < 0.2]


def expected(segments: list[Segment], style: Style, form: str, fields: dict[str, object], remove: list[str]) -> str:
    """Return the file as it must be, put together from the pieces it was made of."""
    syntax = FORMATS[form].dialects.get("") or FORMATS[form].dialects["portable"]
    held = FORMATS[form].parse("".join(map(str, segments)).encode())
    out = []
    for each in segments:
        if each.name in fields and held[each.name] != fields[each.name]:
            out.append(each.before + each.name + _assigned(each, style, syntax.value(fields[each.name])) + each.after)
        elif each.name not in remove or not each.name:
            out.append(str(each))
    present = {each.name for each in segments}
    text = "".join(out)
    end = "\r\n" if "\r\n" in "".join(map(str, segments)) else "\n"
    if text and not text.endswith("\n") and fields.keys() - present:
        text += end
    return text + "".join(f"{n}{style.new}{syntax.value(v)}{end}" for n, v in fields.items() if n not in present)


def _assigned(segment: Segment, style: Style, value: str) -> str:
    """Return the text after the name; TOML and HCL keep its whitespace."""
    if style.lead:
        space = segment.joint[len(segment.joint.rstrip()) :]
        return style.lead + value + ("" if segment.value else space)
    return segment.joint + value + (" " if segment.after.startswith("#") else "")


@pytest.mark.parametrize(("form", "count"), [("dotenv", 10_000), ("yaml", 2_000), ("toml", 2_000), ("tfvars", 2_000)])
def test_foreign_bytes_stay(form: str, count: int):
    """Of random files, edited at random, exactly the named fields change."""
    random, corpus, style = Random(SEED), values(4_000), STYLES[form]
    for _ in range(count):
        segments = random_file(random, style)
        fields, remove = wish(random, form, corpus)
        before = "".join(map(str, segments))
        after = FORMATS[form].edit(before.encode(), fields, remove=remove)
        assert after.decode() == expected(segments, style, form, fields, remove), before


def random_object(random: Random) -> tuple[list[str], str, str, str]:
    """Return members of a JSON object as text, and the text before, between and after them."""
    space = random.choice(["", " ", "\n  ", "\r\n\t"])
    colon = random.choice([":", ": ", " : "])
    written = ['"x"', "1", "1.50", "null", '{"a":  [1,2 ]}', '"\\u0041\\/"', "[ ]"]
    names = random.sample(["a", "b", "DB", "TOKEN", "ü", "\\u0041"], random.randrange(6))
    members = [f'"{name}"{colon}{random.choice(written)}' for name in names]
    behind = {"": "", " ": " ", "\n  ": "\n", "\r\n\t": "\r\n"}[space]
    return (
        members,
        random.choice(["", "\n"]) + "{" + space,
        "," + space,
        behind + "}" + random.choice(["", "\n", "\r\n"]),
    )


def test_foreign_bytes_stay_in_json():
    """Of random JSON objects, edited at random, exactly the named members change; white space is that of the file."""
    random = Random(SEED)
    for _ in range(10_000):
        members, head, between, foot = random_object(random)
        fields = {name: random.choice([None, 2, "v\n", True]) for name in ["DB", "a", "NEW"] if random.random() < 0.4}
        remove = [name for name in ["TOKEN", "b", "ü", "A"] if random.random() < 0.3]
        before = head + between.join(members) + foot
        after = FORMATS["json"].edit(before.encode(), fields, remove=remove).decode()
        kept = [each for each in members if _name(each) not in remove]
        if not members or not kept:
            assert json.loads(after) == {**json.loads(before), **fields} or remove
            continue
        colon = members[0][members[0].index('"', 1) + 1 : members[0].index(":") + 1]
        colon += members[0][members[0].index(":") + 1 :][: 1 if members[0].split(":", 1)[1].startswith(" ") else 0]
        present = {_name(each) for each in members}
        joint = between if len(members) > 1 or "\n" in between else ", "
        changed = [_changed(each, fields) for each in kept]
        changed += [json.dumps(name) + colon + json.dumps(new) for name, new in fields.items() if name not in present]
        assert after == head + joint.join(changed) + foot, before


def _name(member: str) -> str:
    return str(next(iter(json.loads("{" + member + "}"))))


def _changed(member: str, fields: dict[str, object]) -> str:
    """Return a member with its new value, if it has one that differs."""
    name, value = next(iter(json.loads("{" + member + "}").items()))
    if name not in fields or (fields[name] == value and type(fields[name]) is type(value)):
        return member
    at = member.index(":") + 1
    at += member[at:].startswith(" ")
    return member[:at] + json.dumps(fields[name])

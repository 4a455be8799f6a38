"""What a secret says of itself: the table of its own keys, and that of its instructions."""

import re
from datetime import timedelta
from typing import Annotated, Literal, NamedTuple

from ...options.nodes import Map, Node, Seq
from ...options.readers import (
    ANY_MAP,
    BOOLEAN,
    EACH_FILLED,
    FILLED,
    LOOSE_BOOLEAN,
    MAP,
    TEXT,
    Listed,
    Parsed,
    UnfitError,
    Untouched,
)
from ...options.structure import Section, Table
from ..model import Rotation
from .generators import SOURCES
from .rotation import PERIOD, ROTATION
from .targets import TARGETS

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,255}\Z").match


def _name(text: str) -> str:
    if not _NAME(text):
        raise UnfitError(
            "invalid name", "use 1 to 256 letters, digits, '_', '.' and '-', not beginning with '.' or '-'"
        )
    return text


NAME = Parsed(_name, pattern="^[A-Za-z0-9_][A-Za-z0-9_.-]{0,255}$", text=FILLED, kept=False)
_STEP = Table(
    {"action": FILLED, "description": FILLED, "params": ANY_MAP, "required": BOOLEAN},
    required=("action", "description"),
)
INSTRUCTIONS = Table(
    {
        "summary": FILLED,
        "steps": Listed(_STEP, least=1),
        "prerequisites": EACH_FILLED,
        "automation_hint": TEXT,
        "estimated_time": TEXT,
        "fallback": TEXT,
        "required_tools": EACH_FILLED,
        "documentation_url": TEXT,
    },
    required=("summary", "steps"),
)


class Declaration(NamedTuple):
    """A secret's own keys. What is read later stays a node; what is absent or wrong has its default."""

    name: Annotated[str, NAME] = ""
    kind: Annotated[str, FILLED] = ""
    formerly: Annotated[str, NAME] = ""
    config: Annotated[Map | None, MAP] = None
    vars: Annotated[Map | None, MAP] = None
    source: Annotated[Node | None, Untouched("node", SOURCES)] = None
    targets: Annotated[Seq | None, Untouched("list", TARGETS)] = None
    one_time: bool = False
    rotation_period: Annotated[timedelta | None, PERIOD] = None
    rotation: Annotated[Rotation | None, ROTATION] = None
    on_change: Literal["keep", "rotate"] = "keep"
    local: Annotated[bool, LOOSE_BOOLEAN] = False
    local_allow_cloud: Annotated[bool, LOOSE_BOOLEAN] = False
    agent_instructions: Annotated[Node | None, Untouched("node", INSTRUCTIONS)] = None
    process_tags: tuple[str, ...] = ()


SECRET = Section(
    Declaration,
    required=("name", "kind"),
    hints={
        "generator": "write 'kind'",
        "generator_config": "write 'config'",
        "template": "write kind: templates.NAME",
        "type": "write 'kind'",
        "sources": "write 'source'",
        "period": "write 'rotation_period'",
        **dict.fromkeys(("length", "value", "default"), "write it under 'config'"),
        **dict.fromkeys(("path", "provider"), "write it in 'targets'"),
    },
)

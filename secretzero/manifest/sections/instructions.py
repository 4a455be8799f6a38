"""The `agent_instructions` of a secret: what a person or an agent does to get a value by hand."""

from ...options.readers import ANY_MAP, BOOLEAN, EACH_FILLED, FILLED, TEXT, listed
from ...options.structure import shape, table

STEP = shape(
    {"action": FILLED, "description": FILLED, "params": ANY_MAP, "required": BOOLEAN},
    required="action description",
)
INSTRUCTIONS = shape(
    {
        "summary": FILLED,
        "steps": listed(table(STEP), least=1),
        "prerequisites": EACH_FILLED,
        "automation_hint": TEXT,
        "estimated_time": TEXT,
        "fallback": TEXT,
        "required_tools": EACH_FILLED,
        "documentation_url": TEXT,
    },
    required="summary steps",
)
READ_INSTRUCTIONS = table(INSTRUCTIONS)

"""Keeping a plan in a file: signed under the project key, refused when it was touched."""

from ...keys import ProjectKey
from ...planning.plan import Plan
from ...planning.saved import parse_plan, render_plan
from ..engine import Engine
from ..state.lockfile import Ledger
from ..state.project_key import ProjectKeys

__all__ = ["load_plan", "save_plan"]


def save_plan(engine: Engine, plan: Plan) -> str:
    """Return a plan as the text of a file, signed if the project key is on this machine. Contains no values."""
    return render_plan(plan, _key(engine))


def load_plan(engine: Engine, content: bytes, name: str) -> Plan:
    """Read a saved plan; `name` is its name in messages. Raises PlanFileError if it is not a plan or was changed."""
    return parse_plan(content, name, _key(engine), lane=engine.manifest.lane)


def _key(engine: Engine) -> ProjectKey | None:
    keys = ProjectKeys(engine.disk, engine.places, engine.environ)
    for path, local in ((engine.manifest.lockfile, False), (engine.manifest.local_lockfile, True)):
        ledger = Ledger(engine.disk, path, local=local)
        ledger.unlock(keys)
        if ledger.key is not None:
            return ledger.key
    return None

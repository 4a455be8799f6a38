"""What a generator may draw for all targets together, and whether that is enough."""

from collections.abc import Sequence

from ...errors import RejectedError
from ...options.nodes import At, Node
from ...protocols import Constraints, Generator
from ..context import Loading, MadeGenerator, Strength
from ..model import Field
from .targets import Placed

_ANYTHING = Constraints()
_STRONG, _WEAK = 128, 64


def constrained(
    name: str, made: MadeGenerator, placed: Sequence[Placed], where: Node, at: At, loading: Loading
) -> Field:
    """Make a field with what its targets allow, and say when nothing fits or what fits is weak.

    `where` and `at` are the place of its options.
    """
    constraints = _together([place for place in placed if place.target.part == name and place.made.options], at)
    if made.generator is not None and made.generator.nature == "local":
        _judge(made.generator, constraints, where, at, loading)
    return Field(name=name, kind=made.kind, generator=made.generator, constraints=constraints)


def _together(placed: list[Placed], at: At) -> Constraints:
    """Intersect what the targets can hold; two that exclude each other are named."""
    if not placed:
        return _ANYTHING
    together = placed[0].made.constraints
    for index, place in enumerate(placed[1:], 1):
        if place.made.constraints is together:
            continue
        both = together & place.made.constraints
        if both.impossible and not together.impossible:
            others = (each for each in placed[:index] if (each.made.constraints & place.made.constraints).impossible)
            other = next(others, placed[0])
            message = f"no value fits both {other.target.uri} and {place.target.uri}"
            at.to(place.path).say(place.target.mark, message)
        together = both
    return together


def _judge(generator: Generator, constraints: Constraints, where: Node, at: At, loading: Loading) -> None:
    """Report that a generator is weak; equal ones are asked once."""
    asked = loading.strengths.setdefault(id(generator), {})
    known = asked.get(id(constraints))
    if known is None:
        try:
            bits = generator.bits(constraints)
        except RejectedError as error:
            at.say(where.mark, f"no value fits both the generator and the targets: {error.message}", error.hint)
            return
        known = asked[id(constraints)] = Strength(bits, generator, constraints)
    bits = known.bits
    if bits is None or bits >= _STRONG:
        return
    if bits < _WEAK and not getattr(generator, "allow_weak", False):
        hint = "no value will be generated: make it longer, or set allow_weak: true"
        at.say(where.mark, f"only {bits} bits: guessable", hint, "warning")
    else:
        at.say(where.mark, f"only {bits} bits", f"{_STRONG} bits or more are strong", "warning")

"""Text with references to other secrets: ``{{ secret.NAME.FIELD | urlencode }}``."""

import json
from collections.abc import Callable, Mapping

from ..errors import RejectedError
from ..grammar import TEXT_FILTERS, Expression, Filter, GrammarError, Literal, Operand, Path, parse
from ..grammar import Part as Piece
from ..values import Material, as_text

ROOT = "secret"

LookUp = Callable[[str, str], Material]


def pieces(template: str) -> tuple[Piece, ...]:
    """Parse a template. Raises ValueError if it is not in the grammar or refers to anything but secrets."""
    try:
        found = parse(template, more_filters=("urlencode",))
    except GrammarError as error:
        raise ValueError(f"template: {error.message} at character {error.offset + 1}") from None
    for piece in found:
        if not isinstance(piece, (str, Expression)) or (isinstance(piece, Expression) and piece.roots - {ROOT}):
            raise ValueError("template may only refer to secrets: {{ secret.NAME.FIELD }}")
        for path in _paths(piece):
            if not path.steps or not isinstance(path.steps[0], str):
                raise ValueError("template: 'secret' requires a name: {{ secret.NAME.FIELD }}")
    return found


def names(template: str) -> tuple[str, ...]:
    """Return the names of the secrets in a template, in order, without duplicates."""
    return tuple(dict.fromkeys(str(path.steps[0]) for piece in pieces(template) for path in _paths(piece)))


def render(template: str, look_up: LookUp) -> str:
    """Fill a template with the values of its secrets. Raises RejectedError if one is null."""
    return "".join(piece if isinstance(piece, str) else _rendered(piece, look_up) for piece in pieces(template))


def _paths(piece: Piece) -> tuple[Path, ...]:
    """Return the paths of an expression, including those in arguments of filters."""
    if not isinstance(piece, Expression):
        return ()
    operands = piece.operands
    values = [value for each in operands for value in (each.first, *(a for f in each.filters for a in f.arguments))]
    return tuple(value for value in values if isinstance(value, Path))


def _rendered(piece: Piece, look_up: LookUp) -> str:
    if not isinstance(piece, Expression):
        return ""
    value: Material = None
    for operand in piece.operands:
        value = _operand(operand, look_up)
        if value:
            break
    if value is None:
        raise RejectedError("template: a part is null", hint="give it a default: {{ … | default('…') }}")
    return as_text(value)


def _operand(operand: Operand, look_up: LookUp) -> Material:
    value = _value(operand.first, look_up)
    for step in operand.filters:
        value = _filtered(step, value, [_value(argument, look_up) for argument in step.arguments])
    return value


def _value(value: Path | Literal, look_up: LookUp) -> Material:
    if isinstance(value, Literal):
        return value.value
    name, *field = map(str, value.steps)
    return look_up(name, ".".join(field))


def _filtered(step: Filter, value: Material, arguments: list[Material]) -> Material:
    """Apply one filter."""
    if step.name == "default":
        return arguments[0] if value is None or (any(arguments[1:]) and not value) else value
    if step.name == "tojson":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    wanted = list if step.name == "join" else str
    if not isinstance(value, wanted):
        raise RejectedError(f"template: {step.name} requires {'a list' if wanted is list else 'text'}")
    return _FILTERS[step.name](value, *map(as_text, arguments))


def _urlencoded(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="", errors="surrogatepass")


def _joined(values: list[Material], separator: str) -> str:
    return separator.join(map(as_text, values))


_FILTERS: Mapping[str, Callable[..., str]] = {
    **TEXT_FILTERS,
    "urlencode": _urlencoded,
    "replace": str.replace,
    "join": _joined,
}

"""Under which names current values enter an environment, and which texts of them are secret."""

from collections.abc import Iterable, Iterator, Mapping

from attrs import field, frozen

from ...errors import UsageError
from ...manifest.model import Field, Manifest, Secret, supplied_by_people, variable_of
from ...values import Material, SecretValue, as_text
from ..obtain import short_names
from ..reading import Reading


@frozen
class Variable:
    """One environment variable: its name, the secret or part that it holds, and the value."""

    name: str
    secret: str
    value: SecretValue = field(repr=False)


def variables_of(
    manifest: Manifest, readings: Mapping[str, Reading], renamed: Mapping[str, str] = {}
) -> tuple[Variable, ...]:
    """Return the environment variables for values that were read, given as ``NAME`` or ``NAME.PART`` to reading.

    The name is what `renamed` (variable to ``NAME`` or ``NAME.PART``) says, else the key of the secret's first dotenv
    target, else the name in capitals. A map gives one variable for each part. Raises UsageError where two secrets
    would have one name, or a value is renamed that was not read.
    """
    found: dict[str, Variable] = {}
    for variable in _all_variables(manifest, readings, renamed):
        other = found.setdefault(variable.name, variable)
        if other is not variable:
            raise UsageError(
                f"{other.secret} and {variable.secret} would have the same name: {variable.name}",
                hint=f"use --map OTHER_NAME={variable.secret}, or leave one out",
            )
    return tuple(found.values())


def _all_variables(
    manifest: Manifest, readings: Mapping[str, Reading], renamed: Mapping[str, str]
) -> Iterator[Variable]:
    done = set(renamed.values())
    for name, secret in renamed.items():
        yield from _spread(name, secret, _value_of(manifest, readings, secret), {}, done)
    for name, reading in readings.items():
        if name not in done:
            declared, part = manifest.owner_of(name)
            keys = _keys(declared) if declared else {}
            yield from _spread(_own_name(declared, name, part), name, reading.value, _below(keys, part), done)


def _value_of(manifest: Manifest, readings: Mapping[str, Reading], name: str) -> SecretValue:
    """Find a value by the name of its secret, or of a part of one that was read."""
    secret, part = manifest.owner_of(name)
    for known, rest in ((name, ""), (secret.name if secret else "", part)):
        if known in readings:
            try:
                return readings[known].value.part(rest)
            except KeyError:
                break
    raise UsageError(f"--map names {name}, which is not among the values that were read")


def _spread(name: str, secret: str, value: SecretValue, keys: Mapping[str, str], done: set[str]) -> Iterator[Variable]:
    """Yield the variable of a value, or one for each part of a map; parts in `done` have theirs already."""
    material = value.reveal()
    if not isinstance(material, dict):
        yield Variable(name, secret, value)
        return
    for part, piece in material.items():
        if f"{secret}.{part}" not in done:
            yield Variable(keys.get(part) or f"{name}_{variable_of(part)}", f"{secret}.{part}", SecretValue(piece))


def _own_name(secret: Secret | None, name: str, part: str) -> str:
    """Return the name of a secret, or of one part of it, where `renamed` has no other."""
    keys = _keys(secret) if secret else {}
    if secret is None or not part:
        return keys.get("") or variable_of(name)
    return keys.get(part) or f"{keys.get('') or variable_of(secret.name)}_{variable_of(part)}"


def _keys(secret: Secret) -> dict[str, str]:
    """Return the key that each part has in its first dotenv file; ``""`` is the whole value."""
    keys: dict[str, str] = {}
    for target in secret.targets:
        if target.options is not None and target.options.object_options().get("format") == "dotenv":
            keys.setdefault(target.part, target.field)
    return keys


def _below(keys: Mapping[str, str], part: str) -> dict[str, str]:
    """Return the keys of the parts of a part."""
    start = f"{part}." if part else ""
    return {path.removeprefix(start): key for path, key in keys.items() if path.startswith(start) and path != part}


def names_of_declared(manifest: Manifest) -> frozenset[str]:
    """Return every variable name that a declared secret may have, as far as the manifest says; nothing is read.

    Names that mean something to every program, as PATH does, are left out.
    """
    return frozenset(name for secret in manifest.secrets for name in _possible_names(secret))


def _possible_names(secret: Secret) -> Iterator[str]:
    keys = _keys(secret)
    yield from keys.values()
    bases = [keys[""]] if "" in keys else []
    for base in (*bases, *short_names(secret.name)):
        yield base
        yield from (f"{base}_{variable_of(part)}" for part in _parts(secret) if part)


def _parts(secret: Secret) -> Iterator[str]:
    """Name the parts of a value as far as they are known without it."""
    yield from (target.part for target in secret.targets)
    for each in secret.fields:
        yield from [each.name] if each.name else each.generator.parts if each.generator else ()
        supplied = supplied_by_people(each)
        literal = supplied.literal() if supplied else None
        material = literal.reveal() if literal is not None else None
        yield from material if isinstance(material, dict) else ()


def secret_texts(secret: Secret, value: SecretValue, part: str = "") -> tuple[str, ...]:
    """Return the texts in a value, or in one part of it, that must not be shown; what is public is left out."""
    found: dict[str, None] = {}
    for each in secret.fields:
        if part and each.name and part != each.name and not part.startswith(f"{each.name}."):
            continue
        try:
            piece = value if part else value.part(each.name)
        except KeyError:
            continue
        inner = part[len(each.name) :].removeprefix(".") if part else ""
        found.update(dict.fromkeys(_secret_leaves(each, inner, piece.reveal())))
    return tuple(found)


def _secret_leaves(each: Field, part: str, material: Material) -> Iterable[str]:
    parts: Mapping[str, bool] = each.generator.parts if each.generator else {"": True}
    usual = parts.get("", True)
    if isinstance(material, dict) and not part:
        return [leaf for key, inner in material.items() if parts.get(key, usual) for leaf in _leaves(inner)]
    return _leaves(material) if parts.get(part.partition(".")[0], usual) else ()


def _leaves(material: Material) -> list[str]:
    """Return the texts of a value: itself, or the leaves of a map or list."""
    if isinstance(material, dict | list):
        inner = material.values() if isinstance(material, dict) else material
        return [leaf for each in inner for leaf in _leaves(each)]
    return [as_text(material)] if material is not None else []

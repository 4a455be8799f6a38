"""The order of secrets that are made from one another."""

from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import secret_of

from secretzero.manifest.model import Secret
from secretzero.planning.graph import in_order, with_dependants


@st.composite
def acyclic(draw: st.DrawFn) -> list[Secret]:
    """Draw secrets that need only secrets of a lower rank, in any order of declaration."""
    count = draw(st.integers(1, 8))
    needs = [draw(st.sets(st.integers(0, n - 1)) if n else st.just(set())) for n in range(count)]
    secrets = [secret_of(f"s{n}", needs=tuple(f"s{m}" for m in sorted(found))) for n, found in enumerate(needs)]
    return draw(st.permutations(secrets))


@settings(deadline=None, max_examples=150)
@given(acyclic())
def test_each_comes_after_what_it_needs(secrets: list[Secret]):
    """The order holds every secret once, and none before what it is made from."""
    ordered = [secret.name for secret in in_order(secrets)]
    assert sorted(ordered) == sorted(secret.name for secret in secrets)
    assert all(ordered.index(need) < ordered.index(s.name) for s in secrets for need in s.needs)


@settings(deadline=None, max_examples=150)
@given(acyclic(), st.integers(0, 7))
def test_dependants_are_found_however_far(secrets: list[Secret], number: int):
    """A secret is among the dependants exactly when a chain of needs leads from it to a named one."""
    named, by_name = f"s{number}", {secret.name: secret for secret in secrets}

    def reaches(name: str) -> bool:
        return name == named or any(reaches(need) for need in by_name[name].needs)

    found = with_dependants([named], secrets)
    assert found - {named} == {name for name in by_name if name != named and reaches(name)}


def test_without_needs_the_order_of_the_manifest_stays():
    """Nothing is moved that need not be."""
    secrets = [secret_of(name) for name in "cab"]
    assert in_order(secrets) == secrets


def test_long_chains_need_no_stack():
    """A chain of 5,000 is put in order, declared backwards."""
    chain = [secret_of(f"s{n}", needs=(f"s{n - 1}",) if n else ()) for n in reversed(range(5000))]
    assert [secret.name for secret in in_order(chain)] == [f"s{n}" for n in range(5000)]


def test_needs_outside_of_the_list_are_left_out():
    """What is not declared here cannot be waited for."""
    assert [secret.name for secret in in_order([secret_of("a", needs=("elsewhere",))])] == ["a"]

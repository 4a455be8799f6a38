"""The checks that a change must pass: plain `nox` runs all of them; the other sessions are longer forms."""

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "types", "architecture", "tests", "docs"]
nox.options.reuse_existing_virtualenvs = True
nox.options.download_python = "never"


def install(session: nox.Session, *groups: str) -> None:
    """Install this project and the locked versions of these dependency groups."""
    chosen = [word for group in groups for word in ("--group", group)]
    if session.venv_backend == "uv":
        session.run_install(
            "uv", "sync", "--frozen", "--all-extras", "--no-default-groups", *chosen,
            env={"UV_PROJECT_ENVIRONMENT": session.virtualenv.location, "UV_PYTHON_DOWNLOADS": "never"},
        )  # fmt: skip
        return
    session.install("-e", ".[testing]")
    packages = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), *groups)
    session.install(*packages)


def pytest(session: nox.Session, *words: str) -> None:
    """Run pytest with these arguments and those after ``--``."""
    install(session, "test")
    session.run("python", "-m", "pytest", *words, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting and dead code."""
    install(session, "lint", "test", "nox")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("vulture")


@nox.session
def types(session: nox.Session) -> None:
    """Check types in strict mode."""
    install(session, "lint", "test")
    session.run("mypy")


@nox.session
def architecture(session: nox.Session) -> None:
    """Check import contracts and declared dependencies."""
    install(session, "lint", "test")
    session.run("lint-imports", "--no-cache")
    session.run("deptry", ".")


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """Run the tests in their short form."""
    pytest(session, "-n", "2", "--dist", "worksteal")


@nox.session
def docs(session: nox.Session) -> None:
    """Check the links, examples and lists of the documentation."""
    pytest(session, "tests/docs", "tests/examples")


@nox.session
def crash(session: nox.Session) -> None:
    """Kill a run at every system call (long form)."""
    pytest(session, "-m", "long", "--timeout", "0", "tests/crash")


@nox.session
def faults(session: nox.Session) -> None:
    """Explore every interleaving of crashes, refused writes and lost responses (long form)."""
    pytest(session, "-m", "long or not long", "--timeout", "0", "tests/faults")


@nox.session(name="property")
def properties(session: nox.Session) -> None:
    """Run the property tests (long form)."""
    pytest(session, "-m", "long", "--timeout", "0", "tests/property")


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Measure the results of docs/benchmarks.md."""
    install(session, "test")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def compare(session: nox.Session) -> None:
    """Play the same scenes on two checkouts, each with its .venv: files, JSON and exit codes must be equal."""
    install(session, "test")
    session.run("python", "-m", "tests.compare", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build a wheel and a source archive."""
    session.run("uv", "build", "--quiet", "--out-dir", "dist", external=True)

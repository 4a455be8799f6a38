"""The composition root: which kinds a manifest may name in this version, and what connects to each provider kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..manifest.catalog import Catalog
from ..providers import registry
from ..sources.registry import GENERATORS, LATER_GENERATORS, LATER_SOURCES, SOURCES

if TYPE_CHECKING:
    from ..files import Disk
    from ..manifest.model import Manifest, ProviderEntry
    from ..protocols import ProjectFiles, Surroundings
    from .state.connections import Connect

_LATER_TARGETS = {
    "local": "template",
    "sealed": "sealed",
    "aws": "secrets_manager ssm_parameter",
    "azure": "azure_keyvault key_vault",
    "vault": "vault_kv",
    "openbao": "vault_kv",
    "kubernetes": "kubernetes_secret external_secret",
    "github": "github_secret",
    "gitlab": "gitlab_variable gitlab_group_variable",
    "jenkins": "jenkins_credential",
    "database": "database_user",
    "postgresql": "database_user",
    "mysql": "database_user",
    "mongodb": "database_user",
    "sendgrid": "",
    "twilio": "",
    "stripe": "",
    "custom_api": "",
}
_PLUGINS = "azure_devops vercel keeper infisical ansible_vault sops git_crypt entra-agent-id"
_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AZURE_CLIENT_SECRET AZURE_CLIENT_CERTIFICATE_PATH "
    "VAULT_TOKEN BAO_TOKEN GITHUB_TOKEN GH_TOKEN GITLAB_TOKEN CI_JOB_TOKEN JENKINS_TOKEN JENKINS_PASSWORD PGPASSWORD "
    "MYSQL_PWD MONGODB_URI SENDGRID_API_KEY TWILIO_AUTH_TOKEN STRIPE_API_KEY SECRETZERO_PROJECT_KEY"
)


class Targets(Mapping[str, Mapping[str, type]]):
    """Target kinds by provider kind; a provider's module is imported when a manifest first uses it."""

    def __getitem__(self, provider: str) -> Mapping[str, type]:
        if provider not in registry.BUILT_IN:
            raise KeyError(provider)
        return registry.load(provider).targets

    def __iter__(self) -> Iterator[str]:
        return iter(registry.BUILT_IN)

    def __len__(self) -> int:
        return len(registry.BUILT_IN)


def load_manifest(  # noqa: PLR0913 - each is one thing from outside, by keyword
    path: str, *, environment: str | None = None, variables: Mapping[str, str] = {}, var_files: Sequence[str] = (),
    environ: Mapping[str, str] | None = None, lockfile: str | None = None, lenient: bool = False,
    disk: Disk | None = None,
) -> Manifest:  # fmt: skip
    """Load and check a manifest for one environment. Writes nothing and contacts no provider.

    Args:
        path: The manifest. Relative paths start from the working directory, here and in `var_files` and `lockfile`.
        environment: Name of the environment; by default that of ``SECRETZERO_ENVIRONMENT``, else the manifest's own.
        variables: Texts by the name of the variable that they replace, as ``--var`` does.
        var_files: YAML files whose variables replace those of the manifest and of the environment.
        environ: The environment variables that ``${NAME}`` reads; by default those of this process.
        lockfile: The lockfile to use instead of the one that the manifest names.
        lenient: Make warnings of unknown keys and kinds.
        disk: Where files are read; by default this machine's.

    Returns:
        The manifest with everything resolved. Its `problems` hold warnings and notices.

    Raises:
        ManifestError: With every problem of the manifest and its var files, sorted by position.

    Example:
        >>> from secretzero import load_manifest
        >>> [secret.name for secret in load_manifest("Secretfile.yml").secrets]
        ['db_password']
    """
    from ..manifest import load

    return load.load_manifest(
        path, builtin_catalog(), environment=environment, variables=variables, var_files=var_files, environ=environ,
        lockfile=lockfile, lenient=lenient, disk=disk,
    )  # fmt: skip


def builtin_catalog() -> Catalog:
    """Return the kinds that this version has, and the names of those that come later."""
    return Catalog(
        generators=GENERATORS,
        targets=Targets(),
        sources=SOURCES,
        later_generators=LATER_GENERATORS,
        later_sources=LATER_SOURCES,
        later_targets={provider: frozenset(kinds.split()) for provider, kinds in _LATER_TARGETS.items()},
        plugin_kinds=frozenset(_PLUGINS.split()),
        credential_variables=frozenset(_CREDENTIALS.split()),
    )


def connections(here: Surroundings, others: Connect | None) -> tuple[ProjectFiles, Connect]:
    """Return the files of the project, and what opens the connection of each provider kind.

    The kinds of this version connect by themselves; `others` opens those of the caller. A kind that neither knows is a
    UsageError.
    """
    from ..providers.local import Local

    files = Local.connect(here)

    def connect(kind: str, entry: ProviderEntry | None) -> object:
        if kind == "local":
            return files
        if others is None:
            raise UsageError(f"this version cannot connect to {kind}")
        return others(kind, entry)

    return files, connect

"""Which kinds of generators and sources there are; a kind's module is imported when a manifest first uses it."""

from collections.abc import Iterator, Mapping
from importlib import import_module


class Kinds(Mapping[str, type]):
    """Classes of options by kind or alias, named as ``module:Class`` in this package and imported when asked for."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._classes: dict[str, type] = {}

    def __getitem__(self, kind: str) -> type:
        if kind not in self._classes:
            module, _, name = self._places[kind].partition(":")
            self._classes[kind] = getattr(import_module(f".{module}", __package__), name)
        return self._classes[kind]

    def __contains__(self, kind: object) -> bool:
        return kind in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


GENERATORS = Kinds(
    {
        "random_password": "passwords:RandomPassword",
        "password": "passwords:RandomPassword",
        "random_string": "tokens:RandomString",
        "string": "tokens:RandomString",
        "random_bytes": "tokens:RandomBytes",
        "bytes": "tokens:RandomBytes",
        "passphrase": "passphrases:Passphrase",
        "uuid": "tokens:Uuid",
        "pin": "tokens:Pin",
        "ssh_keypair": "keys:SshKeypair",
        "derived": "derived:Derived",
        "static": "manual:Static",
        "manual": "manual:Static",
        "nonsecret": "manual:Nonsecret",
        "local": "manual:Nonsecret",
    }
)
"""Every kind that a secret may have; the first spelling of a class is its name, the others are aliases."""

SOURCES = Kinds({"env": "environment:Env", "file": "files:File", "secret_ref": "references:SecretRef"})
"""Every kind that a source may have."""

LATER_GENERATORS = frozenset(
    (
        "rsa_keypair",
        "ec_keypair",
        "ed25519_keypair",
        "tls_certificate",
        "certificate",
        "jwk",
        "wireguard",
        "totp",
        "htpasswd",
        "script",
        "http",
        "api",
        "provider_backed",
        "database_credential",
        "azure_app_registration",
        "azure_app_reg",
        "github_app_token",
        "github_pat",
        "gitlab_project_token",
        "gitlab_group_token",
        "gitlab_group_service_account",
        "aws_iam_access_key",
    )
)
"""Kinds of secrets that are known by name only."""

LATER_SOURCES = frozenset(("provider_read",))
"""Kinds of sources that are known by name only."""

"""The kinds of generators and sources; the module of a kind is imported when a manifest first uses it."""

from ..tables import Table

GENERATORS: Table[type] = Table(
    __package__,
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
        "ssh_keypair": "ssh_keys:SshKeypair",
        "derived": "derived:Derived",
        "static": "manual:Static",
        "manual": "manual:Static",
        "nonsecret": "manual:Nonsecret",
        "local": "manual:Nonsecret",
    },
)
"""Every kind that a secret may have; the first spelling of a class is its name, the others are aliases."""

SOURCES: Table[type] = Table(
    __package__, {"env": "environment:Env", "file": "files:File", "secret_ref": "references:SecretRef"}
)
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
"""Kinds of secrets that are known by name but not supported yet."""

LATER_SOURCES = frozenset(("provider_read",))
"""Kinds of sources that are known by name but not supported yet."""

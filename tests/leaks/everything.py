"""A project with a value of every kind and every origin, for tests that look where values go."""

import json
import os
from pathlib import Path
from typing import NamedTuple

from shell import Project

from secretzero.testing.canary import Canaries

MANIFEST = """\
variables: {{region: "${{REGION:-eu}}", db_password: "{variable}"}}
secrets:
  - name: db_password
    kind: random_password
    config: {{length: 40}}
    rotation_period: 90d
    targets:
      - {{provider: local, kind: file, config: {{path: .env, key: DB_PASSWORD}}}}
      - {{provider: local, kind: file, config: {{path: conf/app.json, key: db_password}}}}
  - name: db_url
    kind: derived
    config: {{template: "postgres://app:{{{{ secret.db_password | urlencode }}}}@db/app"}}
    targets: [{{provider: local, kind: file, config: {{path: .env, key: DB_URL}}}}]
  - name: token
    kind: random_string
    config: {{length: 40}}
    targets: [{{provider: local, kind: file, config: {{path: conf/app.yaml, key: token}}}}]
  - name: pepper
    kind: random_bytes
    targets: [{{provider: local, kind: file, config: {{path: settings.toml, key: pepper}}}}]
  - name: words
    kind: passphrase
    targets: [{{provider: local, kind: file, config: {{path: words.txt, format: raw}}}}]
  - name: device
    kind: uuid
    targets: [{{provider: local, kind: file, config: {{path: infra.tfvars, key: device}}}}]
  - name: deploy_key
    kind: ssh_keypair
    targets: [{{provider: local, kind: file, config: {{path: conf/keys.json, key: deploy}}}}]
  - name: stripe
    kind: static
    config: {{default: "${{STRIPE_API_KEY}}", validation: "^sk_"}}
    targets: [{{provider: local, kind: file, config: {{path: .env.stripe, key: STRIPE, dialect: posix}}}}]
  - name: literal
    kind: static
    config: {{value: "{literal}"}}
    targets: [{{provider: local, kind: file, config: {{path: .env, key: LITERAL}}}}]
  - name: login
    kind: static
    config: {{value: {{user: app, password: null}}}}
    targets: [{{provider: local, kind: file, config: {{path: conf/app.json, key: login}}}}]
  - name: partner
    kind: static
    source: {{kind: file, follow: true, config: {{path: partner.json, key: token}}}}
    targets: [{{provider: local, kind: file, config: {{path: .env, key: PARTNER}}}}]
  - name: mirror
    kind: static
    source: {{kind: secret_ref, config: {{secret: partner}}}}
    targets: [{{provider: local, kind: file, config: {{path: conf/app.yaml, key: mirror}}}}]
  - name: level
    kind: nonsecret
    config: {{value: info}}
    targets: [{{provider: local, kind: file, config: {{path: .env, key: LEVEL}}}}]
  - name: laptop
    kind: random_string
    local: true
    targets: [{{provider: local, kind: file, config: {{path: .env.local, key: LAPTOP}}}}]
  - {{name: site, kind: templates.site}}
templates:
  site:
    fields:
      cookie: {{generator: {{kind: random_bytes}}}}
      admin: {{generator: {{kind: static}}}}
    targets: [{{provider: local, kind: file, config: {{path: conf/site.json, key: site}}}}]
"""
TARGETS = (
    ".env", ".env.local", ".env.stripe", "conf/app.json", "conf/app.yaml", "conf/keys.json", "conf/site.json",
    "settings.toml", "words.txt", "infra.tfvars",
)  # fmt: skip


class Planted(NamedTuple):
    """A project whose given values are canaries, and the environment that gives them."""

    project: Project
    canaries: Canaries
    environ: dict[str, str]

    def targets(self) -> list[str]:
        """Return the paths that may hold values: targets, the followed file, and the manifest with its literal."""
        return [self.project.path(name) for name in (*TARGETS, "partner.json", "Secretfile.yml")]


def planted(folder: Path, seed: int = 0) -> Planted:
    """Write the project into a folder."""
    canaries = Canaries(seed)
    given = {name: canaries.make(awkward=True) for name in ("stripe", "login", "partner", "site")}
    given["stripe"] = canaries.watch(f"sk_{given['stripe']}")
    literal, variable = canaries.make(), canaries.make()
    project = Project(folder, MANIFEST.format(literal=literal, variable=variable))
    os.makedirs(project.path("conf"))
    project.write("partner.json", f'{{"token": "{canaries.make()}"}}\n')
    environ = {
        "STRIPE_API_KEY": given["stripe"],
        "LOGIN": json.dumps({"user": "app", "password": given["login"]}),
        "SECRETZERO_SECRET_SITE_ADMIN": given["site"],
    }
    return Planted(project, canaries, environ)

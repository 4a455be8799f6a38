"""The state of one secret, for `status` and `show`."""

from typing import Literal

from attrs import frozen

from secretzero.shell import Moment

State = Literal["synced", "pending", "not_synced"]


@frozen(eq=False, repr=False)
class SecretStatus:
    """The state of one secret, from the lockfile alone."""

    name: str
    kind: str
    one_time: bool
    rotation_period: str | None
    status: State
    due_at: Moment | None
    targets: tuple[str, ...]
    created_at: Moment | None
    updated_at: Moment | None
    last_rotated: Moment | None
    rotation_count: int

"""Who asks, and what that lets them do. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """A viewer sees own rows with personal columns masked, an analyst own rows with them
    pseudonymised, an admin all rows in clear."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    ADMIN = "admin"


@dataclass(frozen=True)
class Actor:
    """A user id of the warehouse and the role it has now."""

    id: str
    role: Role
    name: str = ""
    """How people call them; for display only."""

    @property
    def sees_all(self) -> bool:
        return self.role is Role.ADMIN

    def may_see(self, owner: str) -> bool:
        """The owner-or-admin rule."""
        return self.sees_all or owner == self.id


LOCAL_ADMIN = Actor("local", Role.ADMIN, "local admin")
"""Who acts on the command line when `--as` names nobody: whoever holds the database's password."""

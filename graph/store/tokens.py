"""Tokens that let a client write: each has a name and a role, and only its digest is kept.

A token is 256 random bits, so a plain digest hides it as well as a slow one would. The file stands beside the
store; without it, or with no token in it, nobody can write over HTTP.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from comity.errors import ComityError
from comity.store.database import write_atomically
from comity.store.journal import now

NAME = "tokens.json"
#: From the least to the most that one may do.
ROLES = ("reader", "contributor", "editor", "admin")
_PREFIX = "comity_"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


class TokenError(ComityError):
    """A token cannot be made or revoked."""


@dataclass(frozen=True)
class Holder:
    """Whom a token was given to, and what it allows."""

    name: str
    role: str
    made: str
    digest: str

    def may(self, role: str) -> bool:
        """Tell whether the holder may do what takes at least this role."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Tokens:
    """The tokens of one store."""

    def __init__(self, store: Path) -> None:
        """Keep the digests at this store."""
        self.path = store / NAME

    def holders(self) -> list[Holder]:
        """Give all holders, by name.

        :raises TokenError: when the file cannot be read.
        """
        try:
            rows = json.loads(self.path.read_text("utf-8"))
            return sorted((Holder(**row) for row in rows), key=lambda holder: holder.name)
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError) as error:
            raise TokenError(
                f"{self.path} cannot be read: {error}. Remove it, and make new tokens."
            ) from None

    def add(self, name: str, role: str) -> str:
        """Make a token and give it: this is the only time that it is to be seen.

        :raises TokenError: when the name is taken or no name, or the role is unknown.
        """
        if role not in ROLES:
            raise TokenError(f"{role!r} is no role. Use one of: {', '.join(ROLES)}.")
        if not _NAME.fullmatch(name):
            raise TokenError(
                f"{name!r} is no name for a token. Use lower-case letters, digits, dots and hyphens."
            )
        holders = self.holders()
        if any(holder.name == name for holder in holders):
            raise TokenError(
                f"There is a token named {name!r} already. Revoke it first, or use another name."
            )
        token = _PREFIX + secrets.token_urlsafe(32)
        self._keep([*holders, Holder(name, role, now(), _digest(token))])
        return token

    def revoke(self, name: str) -> None:
        """Take a token back.

        :raises TokenError: when there is none of that name.
        """
        holders = self.holders()
        left = [holder for holder in holders if holder.name != name]
        if len(left) == len(holders):
            known = ", ".join(holder.name for holder in holders) or "none"
            raise TokenError(f"There is no token named {name!r}. There are: {known}.")
        self._keep(left)

    def holder_of(self, token: str) -> Holder | None:
        """Give whom a token was given to, or None; takes as long for a wrong one as for a right one."""
        digest, found = _digest(token), None
        for holder in self.holders():
            if hmac.compare_digest(holder.digest, digest):
                found = holder
        return found

    def _keep(self, holders: list[Holder]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, json.dumps([asdict(holder) for holder in holders], indent=1))
            os.chmod(self.path, 0o600)
        except OSError as error:
            raise TokenError(f"{self.path} cannot be written: {error.strerror}.") from None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

"""Tokens that let a client write: each has a name and a role, and only its digest is kept.

A token is 256 random bits, so a plain digest protects it as well as a slow one would. The digests are stored in the
change log's database; while there are none, nobody can write over HTTP.
"""

import hashlib
import re
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from comity.errors import ComityError, StoreError
from comity.store.changelog import ChangeLog, insert_tokens, now, token_rows

#: From the least to the most permissive.
ROLES = ("reader", "contributor", "editor", "admin")
_PREFIX = "comity_"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


class TokenError(ComityError):
    """A token cannot be made or revoked."""


@dataclass(frozen=True)
class Holder:
    """The holder of a token, and what it permits."""

    name: str
    role: str
    made: str
    digest: str

    def may(self, role: str) -> bool:
        """Return whether the holder has at least this role."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Tokens:
    """The tokens of a store."""

    def __init__(self, store: Path) -> None:
        """Use the tokens of this store."""
        self._store = store
        self._log = ChangeLog(store)

    def configured(self) -> bool:
        """Return whether there are any tokens."""
        with self._log.connection() as connection:
            return connection.execute("SELECT 1 FROM tokens LIMIT 1").fetchone() is not None

    def holders(self) -> list[Holder]:
        """Return all holders, by name.

        :raises StoreError: if the database cannot be read.
        """
        return self._select("TRUE")

    def add(self, name: str, role: str) -> str:
        """Create a token and return it: this is the only time it is shown.

        :raises TokenError: if the name is taken or invalid, the role is unknown, or the database cannot be written.
        """
        if role not in ROLES:
            raise TokenError(f"{role!r} is not a role. Use one of: {', '.join(ROLES)}.")
        if not _NAME.fullmatch(name):
            raise TokenError(
                f"{name!r} is not a valid name for a token. Use lower-case letters, digits, dots and hyphens."
            )
        token = _PREFIX + secrets.token_urlsafe(32)
        try:
            self._store.mkdir(parents=True, exist_ok=True)
            with self._log.connection(writing=True) as connection:
                try:
                    insert_tokens(connection, [(name, role, now(), _digest(token))])
                except sqlite3.IntegrityError:
                    raise TokenError(
                        f"There is a token named {name!r} already. Revoke it first, or use another name."
                    ) from None
        except (OSError, StoreError) as error:
            raise TokenError(f"The token cannot be kept: {error}") from None
        return token

    def revoke(self, name: str) -> None:
        """Revoke a token, effective immediately.

        :raises TokenError: if there is none of that name.
        """
        with self._log.connection(writing=True) as connection:
            if connection.execute("DELETE FROM tokens WHERE name = ?", (name,)).rowcount:
                return
        known = ", ".join(holder.name for holder in self.holders()) or "none"
        raise TokenError(f"There is no token named {name!r}. There are: {known}.")

    def holder_of(self, token: str) -> Holder | None:
        """Return the holder of a token, or None.

        The look-up is by digest, so its timing does not reveal how much of a guess was right.
        """
        return next(iter(self._select("digest = ?", _digest(token))), None)

    def named(self, name: str) -> Holder | None:
        """Return the holder of the token with this name, or None."""
        return next(iter(self._select("name = ?", name)), None)

    def _select(self, condition: str, *values: str) -> list[Holder]:
        with self._log.connection() as connection:
            return [Holder(*row) for row in token_rows(connection, condition, *values)]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

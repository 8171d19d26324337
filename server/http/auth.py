"""Who may write: the bearer token of a request, or of a form's own field, and what its role allows."""

from pathlib import Path

from flask import request

from comity.server.http.service import service
from comity.server.problems import Problem
from comity.store.tokens import Holder, Tokens

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="comity"'}


def configured() -> bool:
    """Return whether any token was made, without which nobody can write."""
    return Tokens(service().store_path).configured()


def require_role(role: str) -> Holder:
    """Return the holder of the request's token.

    :raises Problem: 403 when writing is off, 401 without a valid token, 403 when its role is too low.
    """
    return _check(service().store_path, _token(), role)


def _check(store: Path, token: str | None, role: str) -> Holder:
    tokens = Tokens(store)
    if not tokens.configured():
        raise Problem(
            403,
            "read-only",
            "This server answers questions and takes no changes.",
            hint="An operator makes tokens with `comity token add`; changes are sent with one of them.",
        )
    if "token" in request.args or "access_token" in request.args:
        raise Problem(
            400,
            "token-in-address",
            "A token does not belong in an address, where logs and histories keep it. It should be revoked now.",
            hint="Send it in the header Authorization: Bearer …",
        )
    if not token:
        raise Problem(
            401,
            "token-missing",
            "Changes need a token.",
            hint="Send it in the header Authorization: Bearer …",
            headers=_CHALLENGE,
        )
    holder = tokens.holder_of(token)
    if holder is None:
        raise Problem(
            401,
            "token-unknown",
            "The token is not known here, or was revoked.",
            hint="Ask the operator for a new one.",
            headers={"WWW-Authenticate": 'Bearer realm="comity", error="invalid_token"'},
        )
    if not holder.may(role):
        raise Problem(
            403,
            "role-too-low",
            f"This takes the role {role}, and the token of {holder.name} has the role {holder.role}.",
            hint="Ask the operator for a token with that role.",
        )
    return holder


def _token() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    content_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if content_type in ("application/x-www-form-urlencoded", "multipart/form-data") and request.path not in (
        "/sparql",
        "/graph-store",
    ):
        return request.form.get("token") or None
    return None

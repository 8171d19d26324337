"""Who may write: by the token of a request, a form, or a session begun with one, and what its role allows.

A browser stores no token. A user who sends one in a form may stay signed in: a cookie, inaccessible to scripts and
not sent from other sites, names the holder until it expires, the user signs out, the token is revoked or the server
stops. It is signed with a key that lasts for one run of the server. Forms of a session carry a key as well, which
prevents forgery.
"""

import datetime as dt
import hashlib
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

from flask import Flask, Request, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from comity.server.http.service import service
from comity.server.problems import Problem
from comity.store.tokens import Holder, Tokens

#: How long a session lasts.
SESSION_HOURS = 8
_KEY = "session.key"
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="comity"'}


def configured() -> bool:
    """Return whether any token exists; without one, nobody can write."""
    return Tokens(service().store_path).configured()


def register(app: Flask, runtime: Path, public_url: str, path_prefix: str) -> None:
    """Enable sessions, which all HTTP processes of one run of the server share."""
    app.secret_key = _shared_key(runtime)
    app.session_interface = _Sessions()
    app.permanent_session_lifetime = dt.timedelta(hours=SESSION_HOURS)
    app.config.update(
        SESSION_COOKIE_NAME="comity_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=public_url.startswith("https:"),
        SESSION_COOKIE_PATH=path_prefix or "/",
        SESSION_REFRESH_EACH_REQUEST=False,
    )


def _shared_key(runtime: Path) -> bytes:
    """Return the key of this run, created by the first process that needs it."""
    path = runtime / _KEY
    draft = runtime / f"{_KEY}.{os.getpid()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(secrets.token_bytes(32))
    with suppress(FileExistsError):
        os.link(draft, path)  # Atomic, and successful only for the first process.
    draft.unlink()
    return path.read_bytes()


def signed_in() -> Holder | None:
    """Return the holder of the request's session; None without one, or if its token has been revoked."""
    name = session.get("name") if _has_session() else None
    holder = Tokens(service().store_path).named(name) if name else None
    if holder is None or holder.digest[:16] != session.get("mark") or _ended().exists():
        return None
    return holder


def form_key() -> str:
    """Return the key that forms of this session carry; empty without a session."""
    return str(session.get("form", "")) if _has_session() else ""


class _Sessions(SecureCookieSessionInterface):
    """Flask's sessions, without the cost of checking signatures for requests that come without a cookie."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of a request; a new, empty one where it has no cookie."""
        return super().open_session(app, request) if "Cookie" in request.headers else self.session_class()


def _has_session() -> bool:
    """Return whether the request has or began a session; otherwise responses do not vary by cookie."""
    return "comity_session" in request.cookies or g.get("session_begun", False)


def end_session() -> None:
    """End the session, for all who may have a copy of its cookie."""
    if signed_in() is not None:
        mark = _ended()
        mark.parent.mkdir(mode=0o700, exist_ok=True)
        for other in mark.parent.iterdir():
            # Its cookie has expired.
            if other.stat().st_mtime < time.time() - SESSION_HOURS * 3600:
                other.unlink(missing_ok=True)
        mark.touch()
    session.clear()


def _ended() -> Path:
    """Return the file that exists, for all HTTP processes, once this session has been ended."""
    key = str(session.get("form", "")).encode()
    return service().runtime / "ended" / hashlib.sha256(key).hexdigest()


def _begin_session(holder: Holder) -> None:
    session.clear()
    g.session_begun = session.permanent = True
    session.update(name=holder.name, mark=holder.digest[:16], form=secrets.token_urlsafe(16))


def refuse_other_sites() -> None:
    """Refuse a request that a page of another site made a browser send.

    Browsers send ``Sec-Fetch-Site`` over https and to the machine itself; over plain http only ``Origin``, which is
    ``null`` for a sandboxed frame of any site. Our own forms name their origin there, as our referrer policy allows.

    :raises Problem: 403. Clients other than browsers send neither header.
    """
    site, origin = request.headers.get("Sec-Fetch-Site", ""), request.headers.get("Origin", "")
    foreign = origin not in ("", request.host_url.rstrip("/"))
    if site not in ("", "same-origin", "none") or (not site and foreign):
        raise Problem(
            403,
            "other-site",
            "The request was sent by a page of another site.",
            hint="Send it from a page of this server, or from a program.",
        )


def require_role(role: str) -> Holder:
    """Return the holder of the request's token or session.

    :raises Problem: 403 when writing is off, 401 without a valid token, 403 when its role is too low, 429 after many
        unknown tokens.
    """
    tokens = Tokens(service().store_path)
    if not tokens.configured():
        raise Problem(
            403,
            "read-only",
            "This server is read-only.",
            hint="To allow changes, an operator creates tokens with `comity token add`.",
        )
    token = _token()
    holder = _of_session() if token is None else tokens.holder_of(token)
    if holder is None and token is None:
        raise Problem(
            401,
            "token-missing",
            "Changes require a token.",
            hint="Enter it in the form; programs send it in the header Authorization: Bearer ….",
            headers=_CHALLENGE,
        )
    if holder is None:
        service().failed_tokens.check(request.remote_addr or "")
        raise Problem(
            401,
            "token-unknown",
            "The token is unknown or has been revoked.",
            hint="Ask the operator for a new one.",
            headers={"WWW-Authenticate": 'Bearer realm="comity", error="invalid_token"'},
        )
    if not holder.may(role):
        raise Problem(
            403,
            "role-too-low",
            f"This requires the role {role}; the token of {holder.name} has the role {holder.role}.",
            hint="Ask the operator for a token with that role.",
        )
    if token is not None and _is_own_form() and request.form.get("remember"):
        refuse_other_sites()
        _begin_session(holder)
    return holder


def _of_session() -> Holder | None:
    """Return the holder of the session a form belongs to, if a page of that session sent it."""
    if not _is_own_form() or (holder := signed_in()) is None:
        return None
    refuse_other_sites()
    if not secrets.compare_digest(request.form.get("form", "").encode(), form_key().encode()):
        raise Problem(
            403,
            "other-form",
            "This form does not belong to your session, which may have been restarted.",
            hint="Reload the page and send the form again.",
        )
    return holder


def _is_own_form() -> bool:
    content_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    forms = ("application/x-www-form-urlencoded", "multipart/form-data")
    return content_type in forms and not request.path.startswith(("/sparql", "/graph-store"))


def _token() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return (request.form.get("token") or None) if _is_own_form() else None

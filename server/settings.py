"""The settings of the server with their ranges, read from a file and from the environment."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from comity.errors import ComityError

MIB = 1024 * 1024
#: A path prefix: empty, or segments each after a slash.
PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*")
_URL = re.compile(r"https?://[A-Za-z0-9.\-:\[\]]+(?:/[^\s?#\"'<>]*)?")
_HOST = re.compile(r"\*|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


_PREFIX = "COMITY_"
#: Variables that are read but are not settings of the server.
_OTHER_VARIABLES = {
    _PREFIX + name for name in ("CONFIG", "SERVING", "SPARQL_PASSWORD", "SPARQL_USER", "STORE")
}


class SettingError(ComityError):
    """A setting is unknown, of the wrong type or out of range."""


def _setting(default: Any, text: str, least: float | None = None, most: float | None = None) -> Any:
    return field(default=default, metadata={"text": text, "least": least, "most": most})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of an operator. Every field is also ``COMITY_<NAME>`` and a key of the settings file."""

    query_seconds: float = _setting(10.0, "Time limit of a query, in seconds.", 0.01, 3600)
    stream_seconds: float = _setting(
        120.0, "Time limit for sending a result to a slow client, in seconds.", 1, 86400
    )
    body_seconds: float = _setting(
        30.0,
        "Time limit for receiving the body of a request, in seconds; stream_seconds for a file.",
        1,
        3600,
    )
    memory_mib: int = _setting(512, "Memory a query may use beyond the graph itself, in MiB.", 16, 1024 * 64)
    result_mib: int = _setting(
        64,
        "Largest result, in MiB; larger ones are refused.",
        1,
        4096,
    )
    query_kib: int = _setting(1024, "Longest text of a query or update, in KiB.", 1, 16 * 1024)
    upload_mib: int = _setting(32, "Largest file or graph a token holder may send, in MiB.", 1, 1024)
    nesting: int = _setting(200, "Deepest nesting of brackets in a query.", 10, 1000)
    operators: int = _setting(
        5000, "Most operators, separators and unions in a query; long chains overflow the parser.", 100, 50000
    )
    snapshot_graphs: int = _setting(1000, "Most as-of graphs that one query may name.", 1, 10000)
    snapshot_cache: int = _setting(400, "As-of graphs that a worker caches for later queries.", 0, 10000)
    processes: int = _setting(2, "HTTP processes.", 1, 64)
    threads: int = _setting(96, "Threads of each HTTP process, including waiting ones.", 2, 512)
    connections: int = _setting(1000, "Connections of each HTTP process, including idle ones.", 2, 100_000)
    concurrent: int = _setting(16, "Queries running at once in each HTTP process.", 1, 256)
    slow_concurrent: int = _setting(
        8,
        "Of these, queries that may run longer than a second; the rest are reserved for quick ones.",
        1,
        256,
    )
    queue: int = _setting(64, "Requests that may queue in each HTTP process.", 0, 512)
    queue_seconds: float = _setting(2.0, "Longest wait in the queue, in seconds; then 429.", 0.0, 60)
    idle_workers: int = _setting(
        4, "Query workers that each HTTP process keeps permanently; others stay for half a minute.", 1, 64
    )
    cache_mib: int = _setting(
        32, "Results cached in memory by each HTTP process, in MiB; 0 caches none.", 0, 16384
    )
    memory_quads: int = _setting(
        3_000_000,
        "With at most this many quads in the store, the parts that questions combine with as-of graphs are in memory; "
        "with more, such questions need a copy on disk.",
        0,
        10**9,
    )
    requests_per_minute: int = _setting(
        0,
        "Requests a client (IP address) may make per minute, apart from files of the pages and monitoring; "
        "0: no limit.",
        0,
        10**6,
    )
    startup_seconds: float = _setting(
        60.0,
        "Longest wait of a request for a store that is still loading, in seconds; then 503.",
        0,
        3600,
    )
    writer_idle_seconds: float = _setting(
        300.0, "Idle time after which the writer process frees its memory, in seconds.", 1, 86400
    )
    proxies: int = _setting(
        0,
        "Number of reverse proxies in front whose X-Forwarded-For, -Proto, -Host and -Prefix are trusted.",
        0,
        10,
    )
    path_prefix: str = _setting("", "Path prefix of the server, such as /comity.")
    public_url: str = _setting("", "Public URL of the server, such as https://example.org/comity.")
    hosts: str = _setting(
        "",
        "Host names of the server, separated by commas, besides that of `public_url`, its own and IP "
        "addresses; `*` for any. Others are refused.",
    )
    query_log: str = _setting(
        "", "File for the query log (JSON lines); '-' for standard error; empty for none."
    )
    reports: bool = _setting(True, "Whether readers may report errors without a token.")
    contact: str = _setting(
        "", "Email or web address that accepts error reports; required if `reports` is off."
    )
    cors: bool = _setting(True, "Whether pages of other sites may read responses (never with credentials).")

    def __post_init__(self) -> None:
        """Refuse a value that is of the wrong type, out of range, or unusable."""
        for entry in fields(self):
            _check_type(entry.name, getattr(self, entry.name), type(entry.default))
            _check_range(entry.name, getattr(self, entry.name), entry.metadata)
        if self.contact and not re.fullmatch(r"https?://\S+|[^\s@:/]+@[^\s@/]+", self.contact):
            raise SettingError(
                f"contact: '{self.contact}' is neither a web address (https://…) nor an email address."
            )
        if not self.reports and not self.contact:
            raise SettingError(
                "reports: off, but there is no contact for them. Set contact to an email or web address."
            )
        if not PATH.fullmatch(self.path_prefix):
            raise SettingError(
                f"path_prefix: '{self.path_prefix}' must start with a slash and end without one, as in /comity, "
                "and have letters, digits, hyphens, dots and underscores between slashes."
            )
        if self.public_url and not _URL.fullmatch(self.public_url):
            raise SettingError(
                f"public_url: '{self.public_url}' is not a URL. Write one such as https://example.org/comity."
            )
        for name in self.host_names():
            if not _HOST.fullmatch(name):
                raise SettingError(
                    f"hosts: '{name}' is not a host name. Write names such as example.org, separated by commas."
                )
        _check_log(self.query_log)

    def host_names(self) -> list[str]:
        """Return the names in `hosts`."""
        return [name.strip() for name in self.hosts.split(",") if name.strip()]

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None, **given: Any) -> "Settings":
        """Return the settings from COMITY_CONFIG's file, overridden by the environment, then by the arguments."""
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = _from_file(environ.get("COMITY_CONFIG"))
        for entry in fields(cls):
            text = environ.get(f"COMITY_{entry.name.upper()}")
            if text is not None:
                values[entry.name] = _parse(entry.name, text, type(entry.default))
        values.update(given)
        known = {entry.name for entry in fields(cls)}
        for name in values:
            if name not in known:
                raise SettingError(f"{name} is not a setting. The settings are: {', '.join(sorted(known))}.")
        return cls(**values)


def _check_type(name: str, value: Any, kind: type) -> None:
    kinds = (int, float) if kind is float else (kind,)
    if type(value) in kinds and not (isinstance(value, str) and _CONTROL.search(value)):
        return
    wanted = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "quoted text on one line",
    }[kind]
    raise SettingError(f"{name}: {value!r} is not {wanted}.")


def _check_log(name: str) -> None:
    """Check at startup that a log file can be written."""
    if name in ("", "-"):
        return
    file = Path(name)
    if not file.parent.is_dir():
        raise SettingError(
            f"query_log: the folder {file.parent} does not exist. Create it, or name another file."
        )
    # Opening a pipe waits for whoever reads it.
    unfit = file.is_dir() or file.is_fifo() or file.is_socket()
    if unfit or not os.access(file if file.exists() else file.parent, os.W_OK):
        raise SettingError(
            f"query_log: {file} cannot be written to. Name a file in a folder that this user may write to."
        )


def _check_range(name: str, value: Any, metadata: Mapping[str, Any]) -> None:
    least, most = metadata["least"], metadata["most"]
    if least is not None and not (least <= value <= most):
        raise SettingError(f"{name}: {value} is out of range. Use a value from {least:,} to {most:,}.")


def _from_file(name: str | None) -> dict[str, Any]:
    if not name:
        return {}
    try:
        return tomllib.loads(Path(name).read_text("utf-8"))
    except OSError as error:
        raise SettingError(
            f"COMITY_CONFIG: '{name}' cannot be read ({error.strerror}). Name a TOML file."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"COMITY_CONFIG: '{name}' is not TOML: {error}.") from error


def _parse(name: str, text: str, kind: type) -> Any:
    if kind is bool:
        if text.lower() in {"1", "true", "yes", "on"}:
            return True
        if text.lower() in {"0", "false", "no", "off"}:
            return False
        raise SettingError(f"COMITY_{name.upper()}: '{text}' is neither true nor false.")
    try:
        return kind(text)
    except ValueError as error:
        raise SettingError(
            f"COMITY_{name.upper()}: '{text}' is not a number. Use one, such as the default."
        ) from error


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return a warning for each variable that looks like a setting but is not one.

    Such variables are not refused, because some systems set variables prefixed with the name of a service.
    """
    known = {f"{_PREFIX}{entry.name.upper()}" for entry in fields(Settings)} | _OTHER_VARIABLES
    warnings = []
    for name in sorted(environ):
        if name.startswith(_PREFIX) and name not in known:
            near = get_close_matches(name, known, 1, 0.75)
            meant = f"Did you mean {near[0]}?" if near else "docs/endpoint.md lists the settings."
            warnings.append(f"The environment variable {name[:80]} is not a setting and is ignored. {meant}")
    return warnings


def table() -> str:
    """Return the settings as rows of a Markdown table, as printed in docs/endpoint.md."""
    rows = ["| setting | environment | default | range | meaning |", "|---|---|---|---|---|"]
    for entry in fields(Settings):
        least, most = entry.metadata["least"], entry.metadata["most"]
        reach = "" if least is None else f"{least:,} – {most:,}"
        default = f"`{entry.default}`" if entry.default != "" else ""
        cells = [f"`{entry.name}`", f"`COMITY_{entry.name.upper()}`", default, reach, entry.metadata["text"]]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)

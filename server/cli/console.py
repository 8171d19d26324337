"""The command group ``comity`` and what its commands share: options, errors, progress, tables, other output."""

import datetime as dt
import gzip
import io
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pyoxigraph as ox

from comity.cells import csv_lines
from comity.errors import ComityError, QueryError, StoreError
from comity.iris import PREFIXES, SNAPSHOT_PREFIX, prefixed
from comity.questions.questions import Question, Result, heading
from comity.serialization import serialize
from comity.server.settings import unknown_variables
from comity.store.changelog import ChangeLog
from comity.store.database import Store, content_of, current, default_path, make_anew, open_store

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from rich.table import Table

    from comity.build import BuildReport
    from comity.tables.load import Facts
    from comity.validation.report import ValidationReport


class StorePlace(click.Path):
    """A parameter type: the folder of a store, or the address of a SPARQL engine that contains one."""

    def __init__(self, engines: bool = True, there: bool = False) -> None:
        """Configure the type.

        :param engines: whether an engine (``sparql+http://…``) is accepted.
        :param there: whether the folder must already contain a store.
        """
        super().__init__(path_type=Path, file_okay=False)
        self._engines, self._there = engines, there

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> Any:
        """Return the path of a folder; the address of an engine is returned as text.

        :raises StoreError: if there must be a store and there is none.
        """
        if not str(value).strip():
            self.fail("The value is empty. Name a folder.", param)
        scheme, sign, _ = str(value).partition("://")
        if sign and not scheme.startswith("sparql+"):
            self.fail(
                f"{scheme}://… is not a folder. The address of an engine begins with sparql+http://.", param
            )
        if sign:
            if not self._engines:
                self.fail(
                    "A store inside a SPARQL engine has only tables: it has no changes, history, tokens, reports "
                    "or backups, and cannot be served. Name a folder.",
                    param,
                )
            return value
        path = Path(os.fsdecode(super().convert(value, param, context)))
        if self._there and current(path) is None and not ChangeLog(path).path.exists():
            raise no_store(path)
        return path


def no_store(path: Path) -> StoreError:
    """Return the error for a command that needs a store where there is none."""
    return StoreError(
        f"There is no store in {path}. Name another folder with --store, or run `comity build`."
    )


#: A cell that is never wrapped: a number, a date as written in the tables, or an empty cell.
_WHOLE = re.compile(r"|-?[\d.,]+|-?\d{4}(-\d\d(-\d\d)?)?[~?%]?(/.*)?")
#: Words longer than this may be broken to make a table fit.
_MOST_WORD = 16


def _store_option(place: StorePlace, help_text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        "--store",
        type=place,
        envvar="COMITY_STORE",
        default=default_path,
        show_default="the user's data directory",
        help=help_text,
    )


STORE = _store_option(
    StorePlace(), "Folder of the store, or sparql+http://… for a store inside a SPARQL engine."
)
#: The store of a command that an engine cannot carry out.
FOLDER = _store_option(StorePlace(engines=False), "Folder of the store.")
#: The store of a command that needs an existing one.
EXISTING = _store_option(StorePlace(engines=False, there=True), "Folder of the store.")
QUIET = click.option("--quiet", is_flag=True, help="Print only the answer and errors.")


class Command(click.Group):
    """A command group that prints errors a user can fix as a message on standard error, without a traceback."""

    def invoke(self, context: click.Context) -> Any:
        """Run a command; exit with status 1 if it fails for a reason the user can fix."""
        try:
            return super().invoke(context)
        except ComityError as error:
            click.echo(f"comity: {error}", err=True)
            sys.exit(1)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(0)


@click.group(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="comity", message="comity %(version)s")
def main() -> None:
    """Who recognises whom, since when, and who says so."""
    for warning in unknown_variables(os.environ):
        click.echo(f"comity: {warning}", err=True)


def with_store(command: Callable[..., None]) -> Callable[..., None]:
    """Pass the command an open store as ``store``; the first use on a machine builds it."""

    @wraps(command)
    def opened(store: Path | str, quiet: bool, **options: Any) -> None:
        command(store=open_or_build(store, quiet), **options)

    return STORE(QUIET(opened))


def open_or_build(path: Path | str, quiet: bool) -> Store:
    """Return the open store; the user's default store is built from the shipped facts if it does not exist.

    :raises StoreError: if any other folder contains no store: the name may be mistyped.
    """
    if isinstance(path, str):
        from comity.remote.store import open_remote

        return open_remote(path)
    if current(path) is None and path != default_path():
        raise no_store(path)
    if current(path) is None:
        from comity.build import build

        with stages(quiet) as progress:
            build(path, progress=progress)
    return open_store(path)


@contextmanager
def stages(quiet: bool) -> Iterator[Callable[[str], None]]:
    """Yield a function that shows the stage of a long task: a spinner on a terminal, else a line per stage."""
    if quiet:
        yield lambda stage: None
    elif sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status("Starting") as status:
            yield lambda stage: status.update(f"{stage} …")
    else:
        yield lambda stage: click.echo(f"{stage} …", err=True)


def shorten(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> str:
    """Return a term in short form: an IRI with its prefix if it has one, a literal as its text."""
    if term is None:
        return ""
    if isinstance(term, ox.NamedNode):
        return prefixed(term.value)
    return term.value if isinstance(term, ox.Literal) else str(term)


def answer(result: Result, form: str, narrow: bool = False) -> bool:
    """Print the answer to a query in the requested format.

    :param narrow: whether a table omits ids shown by name, addresses and sources, and has readable headers.
    :returns: whether the answer is empty: no rows, or a false ASK.
    :raises QueryError: if the format does not suit the kind of query.
    """
    if isinstance(result, ox.QueryTriples):
        _print_triples(result, form)
    elif form == "json":
        body = result.serialize(format=ox.QueryResultsFormat.JSON) or b""
        _write(body)
        return body.endswith((b'"bindings":[]}}', b'"boolean":false}'))
    elif isinstance(result, ox.QueryBoolean):
        click.echo("true" if result else "false")
        return not result
    elif form == "csv":
        body = result.serialize(format=ox.QueryResultsFormat.CSV) or b""
        _write(body)
        return body.count(b"\n") == 1
    elif form == "table":
        return _print_table(result, narrow) == 0
    else:
        raise QueryError(
            "A SELECT query returns rows, not triples. Use --format table, csv or json, or a CONSTRUCT query."
        )
    return False


def hints(store: Store, text: str) -> None:
    """Print on standard error why a query may have returned nothing."""
    from comity.questions.hints import hints as reasons
    from comity.questions.lookup import Names

    today = dt.date.today().isoformat()
    for hint in reasons(Names(store.oxigraph), text, PREFIXES, (), today):
        cure = {True: f" Write FROM <{SNAPSHOT_PREFIX}{today}> before WHERE.", False: " Leave FROM out."}
        click.echo(hint.text + (cure[hint.of_a_day] if hint.of_a_day is not None else ""), err=True)


def _write(data: bytes | None) -> None:
    write([data or b"", b"\n" if data and not data.endswith(b"\n") else b""])


def _print_triples(triples: ox.QueryTriples, form: str) -> None:
    kinds = {"json": ox.RdfFormat.JSON_LD, "turtle": ox.RdfFormat.TURTLE, "table": ox.RdfFormat.TURTLE}
    if form not in kinds:
        raise QueryError("A CONSTRUCT or DESCRIBE query returns triples. Use --format turtle or json.")
    out = io.BytesIO()
    serialize(triples, out, kinds[form])
    _write(out.getvalue())


def _print_table(solutions: ox.QuerySolutions, narrow: bool) -> int:
    names = [variable.value for variable in solutions.variables]
    found = [[solution[name] for name in names] for solution in solutions]
    left_out = _left_out(names, found) if narrow else set()
    kept = [name for name in names if name not in left_out]
    rows = [[shorten(cell) for name, cell in zip(names, row, strict=True) if name in kept] for row in found]
    table([heading(name) for name in kept] if narrow else kept, rows)
    more = "; --wide shows ids, addresses and sources too" if rows and left_out else ""
    click.echo(f"{len(rows)} row{'' if len(rows) == 1 else 's'}{more}", err=True)
    return len(rows)


def _left_out(names: list[str], rows: list[list[Any]]) -> set[str]:
    """Return the columns that can be omitted because others convey the same: ids beside names, addresses, sources."""
    columns = {
        name: [row[place] for row in rows if row[place] is not None] for place, name in enumerate(names)
    }
    ids = {
        name
        for name, cells in columns.items()
        if cells and all(isinstance(one, ox.NamedNode) for one in cells)
    }
    labelled = {name for name in names if f"{name}Label" in names}
    words = {
        name
        for name in names
        if name not in ids and not all(_WHOLE.fullmatch(shorten(cell)) for cell in columns[name])
    }
    told = labelled | ({*names} & {"url", "urls"})
    # A pipe has room for the sources; on a terminal they would crowd out the rest.
    told |= {name for name in names if name.lower().endswith("sources")} if sys.stdout.isatty() else set()
    # Without other text columns, only the ids identify rows.
    return told | ids if labelled or len(words - told) > 1 else told


def table(names: list[str], rows: list[list[str]]) -> None:
    """Print rows under a header: as a drawn table on a terminal, otherwise in aligned columns."""
    if sys.stdout.isatty():
        from rich.console import Console

        console = Console()
        console.print(drawn(names, rows, console.width), markup=False, highlight=False)
        return
    widths = [max(len(cell) for cell in column) for column in zip(names, *rows, strict=True)]
    for row in (names, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def drawn(names: list[str], rows: list[list[str]], width: int) -> "Table":
    """Return rows as a table that fits a width, with dates and numbers unbroken.

    Where many columns leave no room for that, each row becomes a block with a line for each value.
    """
    from rich.table import Table

    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    whole = [all(_WHOLE.fullmatch(cell) for cell in column) for column in columns]
    least = [
        max((len(cell) for cell in column), default=0)
        if fixed
        else max(map(_longest_word, column), default=0)
        for column, fixed in zip(columns, whole, strict=True)
    ]
    least = [max(room, _longest_word(name)) for room, name in zip(least, names, strict=True)]
    if sum(least) + 3 * len(names) + 1 <= width:
        found = Table(header_style="bold")
        for name, room in zip(names, least, strict=True):
            found.add_column(name, min_width=room, overflow="fold")
        for row in rows:
            found.add_row(*row)
        return found
    found = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    found.add_column(style="bold", no_wrap=True)
    found.add_column(overflow="fold")
    for number, row in enumerate(rows):
        if number:
            found.add_row("", "")
        for name, cell in zip(names, row, strict=True):
            if cell:
                found.add_row(name, cell)
    return found


def _longest_word(text: str) -> int:
    return min(max((len(word) for word in text.split()), default=0), _MOST_WORD)


def records(found: list[dict[str, Any]], form: str, columns: list[str]) -> None:
    """Print records as a table of some columns, or with all fields as CSV or JSON."""
    if form == "json":
        as_json(found)
    elif form == "csv":
        names = list(found[0]) if found else columns
        # Some hold what strangers wrote.
        write([csv_lines([names, *([record[name] for name in names] for record in found)]).encode()])
    else:
        table(columns, [[str(record[name]) for name in columns] for record in found])


def options(pairs: list[str], extra: list[str]) -> dict[str, str]:
    """Return the parameters passed as ``--param name=value`` and as ``--name value``.

    :raises click.UsageError: if an argument is neither.
    """
    values: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise click.UsageError(f"--param {pair}: write --param NAME=VALUE.")
        values[name] = value
    words = iter(extra)
    for word in words:
        if not word.startswith("--"):
            raise click.UsageError(f"Unexpected argument {word!r}. Parameters are written --NAME VALUE.")
        name, sign, value = word[2:].partition("=")
        values[name] = value if sign else next(words, "")
    return values


def question_list(topics: list[tuple[str, list[Question]]]) -> None:
    """Print all questions with their parameters, by topic."""
    for topic, questions in topics:
        click.echo(click.style(topic, bold=True, underline=True))
        for question in questions:
            needed = " ".join(
                parameter.option if parameter.required else f"[{parameter.option}]"
                for parameter in question.parameters
            )
            click.echo(f"  {click.style(question.name, bold=True)} {needed}\n      {question.title}")


def question_help(question: Question) -> None:
    """Print what a question asks and which parameters it takes."""
    click.echo(f"{question.title}\n\n{click.wrap_text(question.description)}\n")
    for parameter in question.parameters:
        facts = [
            parameter.type,
            "required" if parameter.required else f"default {parameter.default or 'none'}",
        ]
        if parameter.choices:
            facts.append("one of " + ", ".join(parameter.choices))
        if parameter.example:
            facts.append(f"for example {parameter.example}")
        click.echo(
            click.wrap_text(
                f"{parameter.option}  {parameter.about} ({'; '.join(facts)})",
                initial_indent="  ",
                subsequent_indent="      ",
            )
        )
    if not question.parameters:
        click.echo("  This question has no parameters.")
    click.echo("\nOptions of every question: `comity ask --help`.")


def built(report: "BuildReport", store: Path) -> None:
    """Print the result of a build."""
    counts = report.meta["counts"]
    lost(report)
    if report.unchanged:
        click.echo(f"The store in {store} is up to date ({counts['acts']:,} acts).", err=True)
        return
    click.echo(
        f"Built {store}: {counts['acts']:,} acts, {counts['proposed_acts']:,} proposals without a source, "
        f"{counts['warnings']:,} warnings (`comity validate` lists them).",
        err=True,
    )


def lost(report: "BuildReport") -> None:
    """Print which parts of the store a build found damaged."""
    for problem in report.lost:
        click.echo(f"Damaged: {problem}", err=True)


def verdict(found: "ValidationReport", facts: "Facts") -> None:
    """Print the warnings of a validation and the proposals, each with its row."""
    for warning in found.warnings:
        click.echo(f"Warning: {warning}")
    proposals = [act for act in facts.acts if not act.sourced]
    for act in proposals:
        row = act.rows[0]
        click.echo(
            f"Proposal: {row.table}, row {row.line}: {act.kind} by {row['actor']}, {act.edtf}, has no source."
        )
    facts_count = sum(act.sourced for act in facts.acts)
    click.echo(f"{facts_count:,} acts pass; {len(found.warnings):,} warnings; {len(proposals):,} proposals.")


def info(store: Store, counts: dict[str, int], form: str) -> None:
    """Print the contents of a store."""
    meta: dict[str, Any] = {
        "store": str(store.path),
        "generation": store.generation,
        "content hash": content_of(store.meta),
        "comity": store.meta["version"],
        "reasoner": store.meta["reasoner"],
        "facts": store.meta.get("facts", "unknown"),
        "quads": store.meta["counts"]["quads"],
    }
    if form == "json":
        as_json(meta | counts)
        return
    table(
        ["what", "how much"],
        [[key, f"{value:,}" if isinstance(value, int) else value] for key, value in (meta | counts).items()],
    )


def as_json(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


#: The suffixes of files that are compressed as they are written.
COMPRESSED = (".gz", ".zst")


def write(chunks: Iterable[bytes], output: Path | None = None) -> None:
    """Write bytes to standard output or, atomically, to a file."""
    if output is None:
        for chunk in chunks:
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
    else:
        replace_file(output, lambda draft: draft.write_bytes(b"".join(chunks)))


#: Folders of devices and open files, in which nothing is ever replaced.
_DEVICES = ("/dev", "/dev/fd", "/proc/self/fd")


def replace_file(path: Path, write: Callable[[Path], Any]) -> None:
    """Atomically replace a file with what a function writes, compressed if its name says so.

    :raises click.FileError: if the file cannot be written, or is a device or pipe, which would be replaced as well.
    """
    if str(path.absolute().parent) in _DEVICES or (path.exists() and not path.is_file()):
        reason = "it is not a regular file. Name one, or leave the option out to write to standard output"
        raise click.FileError(str(path), reason)
    suffix = path.suffix if path.suffix in COMPRESSED else ""
    # Libraries choose the format by the suffix.
    draft = path.with_name("draft-" + path.name.removesuffix(suffix))
    try:
        make_anew(draft)
        write(draft)
        if suffix:
            _compress(draft, suffix)
        os.replace(draft, path)
    except OSError as failure:
        raise click.FileError(str(path), failure.strerror or str(failure)) from None
    finally:
        with suppress(OSError):
            draft.unlink()


def _compress(path: Path, suffix: str) -> None:
    """Compress a file in place, so that equal content yields equal bytes."""
    packed = path.with_name(path.name + suffix)
    try:
        make_anew(packed)
        with path.open("rb") as plain, packed.open("wb") as raw:
            if suffix == ".gz":
                with gzip.GzipFile("", "wb", 6, raw, mtime=0) as out:
                    shutil.copyfileobj(plain, out)
            else:
                with zstd.ZstdFile(raw, "wb") as out:
                    shutil.copyfileobj(plain, out)
        os.replace(packed, path)
    finally:
        with suppress(OSError):
            packed.unlink()


def report(found: Any, form: str, renderings: dict[str, Callable[[Any], Any]]) -> None:
    """Print an object in one of several formats; a rendering that is not text is printed as JSON."""
    rendered = renderings[form](found)
    if isinstance(rendered, str):
        click.echo(rendered.rstrip("\n"))
    else:
        as_json(rendered)

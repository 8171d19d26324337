"""Attributed statements and related entities: people, bodies, places, documents, offices and names in use.

A statement has a speaker, the party it speaks for, the day and the documents that report it; its content is never a
triple about the world. Likewise a name is its use by somebody in a document.
"""

from pyoxigraph import NamedNode

from comity.edtf import bounds, in_words
from comity.english import capital
from comity.iris import NOTE, organisation, thing
from comity.tables.acts import ActIndex
from comity.tables.parties import LATITUDE, LONGITUDE, Context
from comity.tables.quad_builder import ALT_LABEL, GraphWriter
from comity.tables.reader import Row, Table
from comity.tables.sources import evidence_iri

#: The kinds of statements, by what the speaker does.
STATEMENT_KINDS = (
    "announces",
    "confirms",
    "denies",
    "denounces",
    "describes",
    "explains",
    "publishes",
    "reports",
    "states",
    "urges",
    "welcomes",
    "wishes",
)
_FOLDERS = {"people": "person", "places": "place", "documents": "document", "bodies": "organisation"}


class StatementTables:
    """Loads the tables; a reference in them is an id from any table, or the path of an act."""

    def __init__(self, context: Context, acts: ActIndex, things: dict[str, NamedNode]) -> None:
        self._acts = acts
        self._builder = context.builder
        self._sources = context.sources
        self._checker = context.checker
        self._things = things | context.catalogue.parties
        self._names: dict[str, str] = {}

    def load(self, tables: dict[str, Table]) -> None:
        """Load the tables that are present."""
        for name, kind in _FOLDERS.items():
            for row in tables.get(name, ()):
                self._things[row["id"]] = thing(kind, row["id"])
                self._names[row["id"]] = row["name"]
        for row in tables.get("sources", ()):
            self._things.setdefault(row["id"], thing("source", row["id"]))
        for row in tables.get("statements", ()):
            self._things[row["statement_id"]] = thing("statement", row["statement_id"])
        readers = {
            "people": self._person,
            "bodies": self._body,
            "places": self._place,
            "documents": self._document,
            "offices": self._office,
            "names": self._name,
            "statements": self._statement,
            "sources": self._issuer,
        }
        for name, reader in readers.items():
            for row in tables.get(name, ()):
                reader(row)

    def _references(self, row: Row, column: str) -> list[NamedNode]:
        nodes = []
        for text in row.many(column):
            node = self._things.get(text) or self._act(row, text)
            if node is None:
                message = f"{text!r} is neither an id in a table nor an act."
                self._checker.problems.append(
                    row.problem(column, message, "Add its row first, or correct it.")
                )
            else:
                nodes.append(node)
        return nodes

    def _act(self, row: Row, text: str) -> NamedNode | None:
        if "/" not in text:
            return None
        date = row["said_on"] or row["attested_on"] or row["handed_on"]
        not_after = bounds(date)[1] if date else None
        act = self._acts.find(text, not_after) or self._acts.find(text)
        return act.iri if act else None

    def _links(self, writer: GraphWriter, node: NamedNode, row: Row, columns: dict[str, str]) -> None:
        for column, predicate in columns.items():
            for value in self._references(row, column):
                writer.link(node, predicate, value)

    def _begin(self, row: Row, node: NamedNode, *classes: str, label: str) -> GraphWriter:
        writer = self._builder.describe(row, node, *classes, label=label)
        for alias in row.many("aliases"):
            writer.text(node, ALT_LABEL, alias)
        writer.text(node, NOTE, row["notes"])
        for paragraph in row.many("paragraphs"):
            writer.literal(node, "paragraph", paragraph)
        self._links(writer, node, row, {"according_to": "attestedBy"})
        self._sources.cite(row.table.removesuffix(".csv"), node, self._sources.of(row))
        return writer

    def _dated(self, row: Row, *columns: str) -> bool:
        return all([self._checker.date(row, column) for column in columns])

    def _person(self, row: Row) -> None:
        if self._checker.required(row, ("id", "name")):
            self._begin(row, thing("person", row["id"]), "Person", label=row["name"])

    def _body(self, row: Row) -> None:
        if not self._checker.required(row, ("id", "name", "kind")):
            return
        node = organisation(row["id"])
        writer = self._begin(row, node, "Organisation", "Body", label=row["name"])
        writer.literal(node, "kind", row["kind"])
        self._links(
            writer, node, row, {"body_of": "bodyOf", "seat": "seat", "established_by": "establishedBy"}
        )

    def _place(self, row: Row) -> None:
        if not self._checker.required(row, ("id", "name", "kind")):
            return
        node = thing("place", row["id"])
        writer = self._begin(row, node, "Place", label=row["name"])
        writer.literal(node, "kind", row["kind"])
        writer.literal(node, LATITUDE, row["lat"], "decimal")
        writer.literal(node, LONGITUDE, row["lon"], "decimal")
        self._links(writer, node, row, {"located_in": "locatedIn"})

    def _document(self, row: Row) -> None:
        filled = self._checker.required(row, ("id", "label", "kind"))
        if not (filled and self._dated(row, "handed_on", "published_on")):
            return
        node = thing("document", row["id"])
        classes = ("Document", "Photograph") if row["kind"] == "photograph" else ("Document",)
        writer = self._begin(row, node, *classes, label=row["label"])
        writer.literal(node, "kind", row["kind"])
        writer.literal(node, "handedOn", row["handed_on"])
        writer.text(node, "publishedIn", row["published_in"])
        writer.edtf(node, "publishedOn", row["published_on"], "publishedEarliest", "publishedLatest")
        links = {"handed_by": "handedBy", "handed_to": "handedTo", "handed_at": "handedAt"}
        self._links(writer, node, row, links | {"depicts": "depicts", "published_by": "publishedBy"})

    def _office(self, row: Row) -> None:
        filled = self._checker.required(row, ("holder", "title", "of", "attested_on"))
        if not (filled and self._dated(row, "attested_on")):
            return
        node = thing("office", row["holder"], row["of"], row["attested_on"])
        holder = self._names.get(row["holder"]) or row["holder"].replace("-", " ").title()
        writer = self._begin(row, node, "OfficeHolding", label=f"{holder}: {row['title']}")
        writer.text(node, "officeTitle", row["title"])
        writer.edtf(node, "attestedOn", row["attested_on"], "earliest", "latest")
        self._links(writer, node, row, {"holder": "holder", "of": "officeOf", "posted_to": "postedTo"})

    def _name(self, row: Row) -> None:
        if not self._checker.required(row, ("id", "named", "text", "kind", "used_by")):
            return
        node = thing("name", row["id"])
        writer = self._begin(row, node, "NameUse", label=row["text"])
        writer.text(node, "text", row["text"], row["language"] or "en")
        writer.literal(node, "nameKind", row["kind"])
        self._links(writer, node, row, {"named": "names", "used_by": "usedBy", "in_document": "inDocument"})

    def _issuer(self, row: Row) -> None:
        node = thing("source", row["id"])
        self._links(self._builder.in_table("sources"), node, row, {"issued_by": "issuedBy"})

    def _statement(self, row: Row) -> None:
        filled = self._checker.required(row, ("statement_id", "speaker", "claim_in_our_words"))
        if not (filled and self._dated(row, "said_on", "claimed_date", "source_date")):
            return
        if row["kind"] and not self._checker.one_of(row, "kind", STATEMENT_KINDS):
            return
        if not self._sources.of(row) and not self._checker.required(row, ("reported_by",)):
            return
        node = thing("statement", row["statement_id"])
        date = f", {in_words(row['said_on'])}" if row["said_on"] else ""
        label = capital(f"{row['speaker']}{date}: {row['claim_in_our_words']}")
        writer = self._begin(row, node, "AttributedStatement", label=label)
        writer.text(node, "claimText", row["claim_in_our_words"])
        writer.text(node, "roleOfSpeaker", row["role_of_speaker"])
        writer.edtf(node, "saidOn", row["said_on"], "earliest", "latest")
        writer.literal(node, "statementKind", row["kind"])
        writer.literal(node, "topic", row["topic"])
        writer.literal(node, "claimedDate", row["claimed_date"])
        links = {"speaker_id": "speaker", "speaks_for": "speaksFor", "about": "about", "relays": "relays"}
        links |= {"in_document": "inDocument", "earlier": "earlier", "later": "later"}
        self._links(writer, node, row, links)
        if not row["speaker_id"]:
            writer.text(node, "speakerName", row["speaker"])
        self._report(writer, node, row)

    def _report(self, writer: GraphWriter, node: NamedNode, row: Row) -> None:
        """Write which documents report the statement; the outermost, named last, contains the quotation.

        They are named by ``reported_by``, or described by the source columns as in other tables.
        """
        reports = []
        for text in row.many("reported_by"):
            if source := self._sources.named(text) or self._things.get(text):
                reports.append(source)
                writer.link(node, "reportedBy", source)
            else:
                message = f"{text!r} does not name a source."
                cure = "Add it to the aliases of a row in sources.csv."
                self._checker.problems.append(row.problem("reported_by", message, cure))
        for source in self._sources.of(row):
            reports.append(source)
            writer.link(node, "reportedBy", source)
        self._sources.cite("statements", node, reports)
        if row["short_quotation"] and reports:
            quotation = evidence_iri(node, reports[-1])
            writer.node(quotation, "Quotation")
            writer.text(quotation, "text", row["short_quotation"])
            for speaker in self._references(row, "speaker_id"):
                writer.link(quotation, "speaker", speaker)

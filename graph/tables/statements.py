"""A reported story: people, bodies, places, documents, and who said what in whose report.

An attributed statement stands with its speaker, whom it speaks for, when it was said and which
document reports it; what it says is never a triple about the world. The same holds for a name: it is
a use by somebody in a document.
"""

from pyoxigraph import NamedNode

from comity.edtf import bounds
from comity.iris import GEO, organisation, thing
from comity.tables.acts import Answers
from comity.tables.parties import Catalogue
from comity.tables.quad_builder import ALT_LABEL, NOTE, Assertions, Scope
from comity.tables.reader import Checker, Row, Table
from comity.tables.sources import Sources, evidence_iri

_KINDS = {"people": "person", "places": "place", "documents": "document", "bodies": "organisation"}
_LATITUDE, _LONGITUDE = NamedNode(GEO + "lat"), NamedNode(GEO + "long")


class Story:
    """Reads the tables of a story; every reference is a bare id of any table, or an act by its path."""

    def __init__(
        self,
        catalogue: Catalogue,
        answers: Answers,
        assertions: Assertions,
        sources: Sources,
        checker: Checker,
        things: dict[str, NamedNode] | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._answers = answers
        self._assertions = assertions
        self._sources = sources
        self._checker = checker
        self._things: dict[str, NamedNode] = (things or {}) | catalogue.parties

    def load(self, tables: dict[str, Table]) -> None:
        """Read all tables of the story that are there."""
        for name, kind in _KINDS.items():
            for row in tables.get(name, ()):
                self._things[row["id"]] = thing(kind, row["id"])
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
        found = []
        for text in row.many(column):
            node = self._things.get(text) or self._act(row, text)
            if node is None:
                message = f"{text!r} is no id of any table and no act."
                self._checker.problems.append(
                    row.problem(column, message, "Add its row first, or correct it.")
                )
            else:
                found.append(node)
        return found

    def _act(self, row: Row, text: str) -> NamedNode | None:
        if "/" not in text:
            return None
        said = row["said_on"] or row["attested_on"] or row["handed_on"]
        not_after = bounds(said)[1] if said else None
        found = self._answers.find(text, not_after) or self._answers.find(text)
        return found.iri if found else None

    def _links(self, scope: Scope, node: NamedNode, row: Row, columns: dict[str, str]) -> None:
        for column, predicate in columns.items():
            for value in self._references(row, column):
                scope.link(node, predicate, value)

    def _begin(self, row: Row, node: NamedNode, *classes: str, label: str) -> Scope:
        table = row.table.removesuffix(".csv")
        scope = self._assertions.in_table(table)
        scope.came_from(node, row.table, row.line)
        scope.node(node, *classes, label=label)
        for alias in row.many("aliases"):
            scope.text(node, ALT_LABEL, alias)
        scope.text(node, NOTE, row["notes"])
        for paragraph in row.many("paragraphs"):
            scope.plain(node, "paragraph", paragraph)
        self._links(scope, node, row, {"according_to": "attestedBy"})
        self._sources.cite(table, node, self._sources.of(row))
        return scope

    def _dated(self, row: Row, *columns: str) -> bool:
        return all([self._checker.date(row, column) for column in columns])

    def _person(self, row: Row) -> None:
        if self._checker.required(row, ("id", "name")):
            self._begin(row, thing("person", row["id"]), "Person", label=row["name"])

    def _body(self, row: Row) -> None:
        if not self._checker.required(row, ("id", "name", "kind")):
            return
        node = organisation(row["id"])
        scope = self._begin(row, node, "Organisation", "Body", label=row["name"])
        scope.plain(node, "kind", row["kind"])
        self._links(
            scope, node, row, {"body_of": "bodyOf", "seat": "seat", "established_by": "establishedBy"}
        )

    def _place(self, row: Row) -> None:
        if not self._checker.required(row, ("id", "name", "kind")):
            return
        node = thing("place", row["id"])
        scope = self._begin(row, node, "Place", label=row["name"])
        scope.plain(node, "kind", row["kind"])
        scope.plain(node, _LATITUDE, row["lat"], "decimal")
        scope.plain(node, _LONGITUDE, row["lon"], "decimal")
        self._links(scope, node, row, {"located_in": "locatedIn"})

    def _document(self, row: Row) -> None:
        filled = self._checker.required(row, ("id", "label", "kind"))
        if not (filled and self._dated(row, "handed_on", "published_on")):
            return
        node = thing("document", row["id"])
        classes = ("Document", "Photograph") if row["kind"] == "photograph" else ("Document",)
        scope = self._begin(row, node, *classes, label=row["label"])
        scope.plain(node, "kind", row["kind"])
        scope.plain(node, "handedOn", row["handed_on"])
        scope.text(node, "publishedIn", row["published_in"])
        scope.span(node, "publishedOn", row["published_on"], "publishedEarliest", "publishedLatest")
        links = {"handed_by": "handedBy", "handed_to": "handedTo", "handed_at": "handedAt"}
        self._links(scope, node, row, links | {"depicts": "depicts", "published_by": "publishedBy"})

    def _office(self, row: Row) -> None:
        filled = self._checker.required(row, ("holder", "title", "of", "attested_on"))
        if not (filled and self._dated(row, "attested_on")):
            return
        node = thing("office", row["holder"], row["of"], row["attested_on"])
        scope = self._begin(
            row, node, "OfficeHolding", label=f"{row['holder'].replace('-', ' ')}: {row['title']}"
        )
        scope.text(node, "officeTitle", row["title"])
        scope.span(node, "attestedOn", row["attested_on"], "earliest", "latest")
        self._links(scope, node, row, {"holder": "holder", "of": "officeOf", "posted_to": "postedTo"})

    def _name(self, row: Row) -> None:
        if not self._checker.required(row, ("id", "named", "text", "kind", "used_by")):
            return
        node = thing("name", row["id"])
        scope = self._begin(row, node, "NameUse", label=row["text"])
        scope.text(node, "text", row["text"], row["language"] or "en")
        scope.plain(node, "nameKind", row["kind"])
        self._links(scope, node, row, {"named": "names", "used_by": "usedBy", "in_document": "inDocument"})

    def _issuer(self, row: Row) -> None:
        node = thing("source", row["id"])
        self._links(self._assertions.in_table("sources"), node, row, {"issued_by": "issuedBy"})

    def _statement(self, row: Row) -> None:
        filled = self._checker.required(row, ("statement_id", "speaker", "claim_in_our_words", "reported_by"))
        if not (filled and self._dated(row, "said_on", "claimed_date")):
            return
        node = thing("statement", row["statement_id"])
        said = f", {row['said_on']}" if row["said_on"] else ""
        label = f"{row['speaker']}{said}: {row['claim_in_our_words']}"
        scope = self._begin(row, node, "AttributedStatement", label=label)
        scope.text(node, "claimText", row["claim_in_our_words"])
        scope.text(node, "roleOfSpeaker", row["role_of_speaker"])
        scope.span(node, "saidOn", row["said_on"], "earliest", "latest")
        scope.plain(node, "statementKind", row["kind"])
        scope.plain(node, "topic", row["topic"])
        scope.plain(node, "claimedDate", row["claimed_date"])
        links = {"speaker_id": "speaker", "speaks_for": "speaksFor", "about": "about", "relays": "relays"}
        links |= {"in_document": "inDocument", "earlier": "earlier", "later": "later"}
        self._links(scope, node, row, links)
        if not row["speaker_id"]:
            scope.text(node, "speakerName", row["speaker"])
        self._report(scope, node, row)

    def _report(self, scope: Scope, node: NamedNode, row: Row) -> None:
        """State which documents report the statement; the outermost, named last, prints the quotation."""
        reports = []
        for text in row.many("reported_by"):
            if source := self._sources.named(text) or self._things.get(text):
                reports.append(source)
                scope.link(node, "reportedBy", source)
            else:
                message = f"{text!r} names no source."
                cure = "Add it to the aliases of a row in sources.csv."
                self._checker.problems.append(row.problem("reported_by", message, cure))
        self._sources.cite("statements", node, reports)
        if row["short_quotation"] and reports:
            quotation = evidence_iri(node, reports[-1])
            scope.node(quotation, "Quotation")
            scope.text(quotation, "text", row["short_quotation"])
            for speaker in self._references(row, "speaker_id"):
                scope.link(quotation, "speaker", speaker)

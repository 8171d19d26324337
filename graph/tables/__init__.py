"""Tables of facts (CSV) to asserted RDF quads, each of which knows its row."""

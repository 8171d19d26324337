"""Conversion of tables of facts (CSV) to asserted RDF quads, each of which can be traced to its row."""

"""The ontology, its shapes, the scheme of statuses and the alignments, as Turtle files."""

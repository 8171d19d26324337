"""The graph inside any SPARQL 1.1 engine."""

"""The graph inside any engine that speaks SPARQL 1.1."""

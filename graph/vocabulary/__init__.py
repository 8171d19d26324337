"""Names and terms that all floors share: IRIs, dates, errors, the ontology, and the rules as files."""

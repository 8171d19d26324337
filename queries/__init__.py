"""Rules that derive facts and questions that read them, as SPARQL files."""

"""Changes to a built graph: requested, validated, recorded in the change log, and traced in provenance."""

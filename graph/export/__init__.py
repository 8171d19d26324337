"""Exports for other programs: panels, networks, GeoJSON, QuickStatements, Parquet, and results in notebooks."""

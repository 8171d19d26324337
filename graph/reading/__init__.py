"""Extraction from reports: proposed acts and attributed statements in a text, each with its position."""

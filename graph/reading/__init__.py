"""The reading of reports: proposed acts and attributed statements from a text, each with its place in it."""

"""The one process that writes, and how wishes reach it."""

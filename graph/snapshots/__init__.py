"""Snapshots: the graph as of a day and according to a party."""

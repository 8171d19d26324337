"""The tables of facts, and their reading into asserted quads that know their row."""

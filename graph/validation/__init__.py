"""Validation: facts that violate a shape or contradict others are rejected with a report."""

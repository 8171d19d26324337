"""Validation: facts satisfy the shapes and contradict nothing, or are refused with a report."""

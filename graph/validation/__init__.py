"""The gate: facts pass the shapes and stay free of contradictions, or are refused with a report."""

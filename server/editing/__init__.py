"""Changes over HTTP, through the gate: entry, updates, history, and the review queue."""

"""Changes over HTTP: entry, updates, history, and the review queue."""

"""The doors: the command line and the Flask application over the graph."""

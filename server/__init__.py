"""The command line and the Flask application over the graph."""

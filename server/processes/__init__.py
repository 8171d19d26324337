"""The processes of a server: supervisor, fork server, query workers and writer, and their protocol."""

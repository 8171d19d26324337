"""The processes of a server: supervisor, fork server, query workers and the writer, and the protocol between them."""

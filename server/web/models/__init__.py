"""Read models: what pages and tools read from a generation of the graph, independent of HTTP."""

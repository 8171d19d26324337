"""Read models: what pages and tools read from one generation of the graph, without HTTP."""

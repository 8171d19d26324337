"""The graph for language models and other programs, by the Model Context Protocol."""

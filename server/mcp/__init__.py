"""The graph for language models and other programs, over the Model Context Protocol."""

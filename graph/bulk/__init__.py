"""Large worlds: the same stages over columns of numbers, and made-up worlds to measure them by."""

"""Changes to a built graph: wished, rehearsed, gated, journalled, and traceable ever after."""

"""Analysis of query texts before an engine sees them: what they ask, what is forbidden, where they are wrong."""

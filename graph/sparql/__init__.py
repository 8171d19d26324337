"""The text of a query, read before any engine sees it: what it asks, what it may not do, where it is wrong."""

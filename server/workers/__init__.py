"""The killable processes that evaluate queries, and the way to them."""

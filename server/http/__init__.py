"""What every HTTP answer shares: formats, caching, headers, metrics, the query log, rate limit and rights."""

"""What all HTTP responses share: formats, caching, headers, metrics, query log, rate limit, authorization."""

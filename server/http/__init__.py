"""What every answer shares: formats, negotiation, caching, delivery, logs, rates and rights."""

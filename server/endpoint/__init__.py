"""The SPARQL protocol, the Graph Store protocol, and what the service says of itself."""

"""The SPARQL protocol, the Graph Store protocol and the service's self-description."""

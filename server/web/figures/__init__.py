"""Figures as SVG: charts, sequences, networks and the map."""

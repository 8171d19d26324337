"""Answers: queries, parameterised questions, and exports."""

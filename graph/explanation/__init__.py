"""Explanations of why a triple holds, down to sourced acts, or why it does not follow."""

"""Generations of the store on disk, the journal of what was accepted, and copies of both."""

"""Generations of the store on disk, the change log, and backups of both."""

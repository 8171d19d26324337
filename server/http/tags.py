"""Entity tags: what a client may compare to see whether an answer is still the same."""

import hashlib

#: Changes when the program would answer the same question of the same data with other bytes.
FORM = "1"


def tag_of(key: str) -> str:
    """The entity tag of what a key of the cache stands for."""
    return hashlib.blake2b(f"{FORM}\0{key}".encode(), digest_size=12).hexdigest()

"""A cache of what a function returns for short texts.

Some texts come from clients, which could otherwise fill a cache limited by number with long ones.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

#: Longer texts, which no name or date in the graph is likely to have, are not cached.
LONGEST = 300
T = TypeVar("T")


def cached_if_short(most: int) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """Return a decorator that caches the results of a function of a text, unless the text is long.

    :param most: the number of results to cache.
    """

    def decorate(function: Callable[[str], T]) -> Callable[[str], T]:
        cached = lru_cache(maxsize=most)(function)

        @wraps(function)
        def looked_up(text: str) -> T:
            return cached(text) if len(text) <= LONGEST else function(text)

        return looked_up

    return decorate

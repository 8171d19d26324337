"""The days on a slider."""

#: The minimum distance between two years on a slider, in percent of its width.
_APART = 14.0


def years(days: list[str]) -> list[tuple[float, str]]:
    """Return the years to label on a slider of some days, each with its position in percent."""
    found: list[tuple[float, str]] = []
    for place, day in enumerate(days):
        share = 100 * place / max(1, len(days) - 1)
        if not found or (share - found[-1][0] >= _APART and day[:4] != found[-1][1]):
            found.append((round(share, 1), day[:4]))
    return found

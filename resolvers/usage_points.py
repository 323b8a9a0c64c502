"""The most points that a usage question can have, computed from its dates only."""

from datetime import date

from resolvers.usage import Interval

# Larger questions are refused before a read.
MOST = 1000


def most(begin: date, end: date, interval: Interval, *, models: int = 1) -> int:
    """Days from the first up to, but not including, the last; points for each of `models`. 0 if it is refused."""
    days = (end - begin).days
    match interval:
        case Interval.HOUR:
            starts = 24 * days
        case Interval.DAY:
            starts = days
        case Interval.MONTH:
            # From the month of the first day to that of the last included day, both counted.
            last = date.fromordinal(max(end.toordinal() - 1, 1))
            starts = 12 * (last.year - begin.year) + last.month - begin.month + 1
    if days < 1 or starts > MOST:
        return 0
    # How many models the rows have is not known yet; more points than the maximum are refused.
    return min(starts * models, MOST)

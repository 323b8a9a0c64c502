"""How many points a question about usage may have, told by its dates alone."""

from datetime import date

from resolvers.usage import Interval

# More are refused before anything is read.
MOST = 1000


def most(begin: date, end: date, interval: Interval, *, models: int = 1) -> int:
    """From the first day up to but not including the last, for each of `models`; 0 for what is refused."""
    days = (end - begin).days
    match interval:
        case Interval.HOUR:
            starts = 24 * days
        case Interval.DAY:
            starts = days
        case Interval.MONTH:
            # The month of the last day that counts, less that of the first, both included.
            last = date.fromordinal(max(end.toordinal() - 1, 1))
            starts = 12 * (last.year - begin.year) + last.month - begin.month + 1
    if days < 1 or starts > MOST:
        return 0
    # How many models there are in what is read is not known yet; more points than these are refused.
    return min(starts * models, MOST)

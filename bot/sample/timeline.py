"""When people talk: a year of working hours; a moment is microseconds since 1970, as in a ts."""

import datetime
import random

from bot.sample.team import Person

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
YEAR_DAYS = 348
_WORKDAYS = 5


def write_ts(moment: int) -> str:
    """Write a moment as Slack does: seconds, a dot, six digits."""
    return f"{moment // SECOND}.{moment % SECOND:06d}"


class Timeline:
    """Gives out moments, each only once."""

    def __init__(self, first_day: datetime.date, rng: random.Random) -> None:
        midnight = datetime.datetime.combine(first_day, datetime.time(), datetime.UTC)
        self.start = int(midnight.timestamp()) * SECOND
        self._weekday = first_day.weekday()
        self._rng = rng
        self._taken: set[int] = set()

    def any_moment(self) -> int:
        """Draw a moment of the year."""
        return self.start + self._rng.randrange(YEAR_DAYS * DAY)

    def share(self, moment: int) -> float:
        """Tell how much of the year is over, from 0 to 1."""
        return (moment - self.start) / (YEAR_DAYS * DAY)

    def is_active(self, person: Person, moment: int) -> bool:
        """Tell whether a person works here by then."""
        first, last = person.active
        return first <= self.share(moment) < last

    def last_moment(self, person: Person) -> int:
        """Return when a person has left, their last answers included."""
        return self.start + int(person.active[1] * YEAR_DAYS * DAY) + 4 * DAY

    def is_at_work(self, person: Person, moment: int) -> bool:
        """Tell whether it is a working hour of this person."""
        day, rest = divmod(moment - self.start, DAY)
        opens, closes = person.hours
        return (self._weekday + day) % 7 < _WORKDAYS and opens <= rest // HOUR < closes

    def next_at_work(self, person: Person, moment: int) -> int:
        """Return the moment itself, or one soon after this person's next day begins."""
        while not self.is_at_work(person, moment):
            moment += HOUR - moment % HOUR + self._rng.randrange(25 * MINUTE)
        return self.take(moment)

    def take(self, moment: int) -> int:
        """Take the first free moment from here on."""
        while moment in self._taken:
            moment += 1
        self._taken.add(moment)
        return moment

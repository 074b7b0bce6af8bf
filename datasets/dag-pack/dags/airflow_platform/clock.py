"""Virtual time: hours of the modelled platform, counted from an epoch and running faster than the wall.

ORC_PACK_EPOCH      wall time (ISO 8601 with a zone) at which virtual time starts
ORC_PACK_FACTOR     virtual seconds per wall second (720: a virtual day lasts 2 minutes)
ORC_PACK_START_DAY  virtual day at the epoch, so that a short run can begin on an eventful day
"""

import os
from datetime import datetime, timedelta, timezone

FACTOR = float(os.environ.get("ORC_PACK_FACTOR", "720"))
EPOCH = datetime.fromisoformat(os.environ.get("ORC_PACK_EPOCH", "2026-01-05T00:00:00Z").replace("Z", "+00:00"))
START_DAY = float(os.environ.get("ORC_PACK_START_DAY", "0"))

# Virtual day 0 is a Monday; with it, day 27 (1 February) is the first month start.
CALENDAR_START = datetime(2026, 1, 5, tzinfo=timezone.utc)


def wall(*, hours: float = 0, minutes: float = 0) -> timedelta:
    """Wall duration of a virtual one."""
    return timedelta(seconds=(hours * 3600 + minutes * 60) / FACTOR)


def hour_at(moment: datetime) -> float:
    """Virtual hours since virtual day 0 at a wall time."""
    return START_DAY * 24 + (moment - EPOCH).total_seconds() * FACTOR / 3600


def now_hour() -> float:
    return hour_at(datetime.now(timezone.utc))


def wall_at(hour: float) -> datetime:
    """Wall time of a virtual hour."""
    return EPOCH + wall(hours=hour - START_DAY * 24)


def calendar(hour: float) -> datetime:
    """Virtual date of a virtual hour."""
    return CALENDAR_START + timedelta(hours=hour)

"""How the platform's state follows from virtual time and the causes: load, slowness, disk, feed arrival. Pure."""

import math

from . import causes
from .clock import calendar

MEMORY_LIMIT_MB = 9_000
DISK_LIMIT = 0.95


def load(hour: float) -> float:
    """Work to do, 1 on an average day: more in the morning, on Mondays, at month start and in a campaign."""
    date = calendar(hour)
    daily = 1 + 0.15 * math.sin((date.hour - 3) / 24 * 2 * math.pi)
    weekday = {0: 1.2, 5: 0.8, 6: 0.75}.get(date.weekday(), 1.0)
    month = 1.3 if date.day <= 2 else 1.0
    progress, severity = causes.onset("campaign", "load", hour)
    return daily * weekday * month * (1 + (severity - 1) * progress)


def warehouse_slowness(hour: float) -> float:
    """Factor on the duration of warehouse work; it rises for hours before an outage."""
    factor = 1.0
    for kind in ("warehouse_outage", "warehouse_slowdown"):
        progress, severity = causes.onset(kind, "warehouse", hour)
        factor *= 1 + (severity - 1) * progress
    return factor


def bloat(task: str, hour: float) -> float:
    """Factor on the duration of a task whose tables bloat, until somebody rebuilds them: 1 to about 2.9."""
    progress, _ = causes.onset("table_bloat", task, hour)
    return 1 + 1.9 * progress


def disk_usage(hour: float) -> float:
    """Share of the spool disk in use; without cleanup it grows by about 9 points a day."""
    broken = causes.active("cleanup_broken", "storage_cleanup", hour)
    return 0.70 + (0.09 * (hour - broken.start_hour) / 24 if broken else 0.0)


def report_backlog(hour: float) -> float:
    """Factor on the duration of report queries while finance reprocesses; the pool of reports is small."""
    progress, severity = causes.onset("report_backlog", "reporting", hour)
    return 1 + (severity - 1) * progress


def feed_delay_hours(feed: str, hour: float) -> float:
    """How late the feed of the day arrives; a bad spell builds up over a day or two."""
    progress, severity = causes.onset("late_feed", feed, hour)
    return 0.4 + severity * progress**2


def partner_failure_probability(partner: str, hour: float) -> float:
    """Share of calls refused: few on most days, more by night (the partners' maintenance), many in a bad spell."""
    base = 0.06 if calendar(hour).hour in (2, 3, 4) else 0.02
    progress, severity = causes.onset("partner_degraded", partner, hour)
    return max(base, severity * progress**2)

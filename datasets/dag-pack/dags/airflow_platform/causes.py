"""The seeded plan of causes: what goes wrong on the platform, where and when, in virtual hours.

The plan is a pure function of the seed, so every task process computes the same one.
"""

import os
import random
from dataclasses import dataclass
from functools import lru_cache

SEED = int(os.environ.get("ORC_PACK_SEED", "20261123"))
HORIZON_DAYS = 120

DEPLOYED_DAGS = ("ingest_customers", "ab_tests", "fraud_signals", "customer_360", "gdpr_requests", "ingest_payments")
DRIFTING_TASKS = ("search_index.build_index", "geo_enrichment.tile", "finance_close.ledger.close_books")
PARTNERS = ("ads_api", "payments_api", "mail_api", "crm_api")
FEEDS = ("vendor_prices", "vendor_inventory")


@dataclass(frozen=True)
class Cause:
    """One cause: `target` suffers from `start_hour` to `end_hour`; its signs show from `sign_hour` on."""

    kind: str
    target: str
    sign_hour: float
    start_hour: float
    end_hour: float
    severity: float

    def active(self, hour: float) -> bool:
        return self.start_hour <= hour < self.end_hour

    def onset(self, hour: float) -> float:
        """0 before the signs, rising to 1 at the start, 1 while active, 0 afterwards."""
        if hour >= self.end_hour or hour < self.sign_hour:
            return 0.0
        if hour >= self.start_hour:
            return 1.0
        return (hour - self.sign_hour) / (self.start_hour - self.sign_hour)


# kind: (targets, gap between causes in hours, lead of the signs, length, severity), each range uniform.
RECIPES = {
    "warehouse_outage": (("warehouse",), (30, 85), (6, 16), (5, 12), (1.8, 3.5)),
    # Slow, then well again: a warning sign that is not followed by an outage.
    "warehouse_slowdown": (("warehouse",), (90, 200), (5, 10), (0.5, 2), (1.3, 2.2)),
    "partner_degraded": (PARTNERS, (20, 50), (2, 6), (10, 28), (0.45, 0.85)),
    "credentials_expired": (PARTNERS, (80, 160), (0.1, 0.2), (8, 18), (1, 1)),
    "late_feed": (FEEDS, (40, 80), (20, 40), (20, 60), (4, 12)),
    "bad_deploy": (DEPLOYED_DAGS, (8, 36), (0.1, 0.2), (16, 44), (1, 1)),
    "cleanup_broken": (("storage_cleanup",), (60, 110), (0.1, 0.2), (66, 100), (1, 1)),
    "bad_partition": (("0", "1", "2", "3"), (24, 60), (0.1, 0.2), (20, 50), (1, 1)),
    "campaign": (("load",), (60, 120), (10, 20), (20, 40), (1.35, 1.7)),
    "report_backlog": (("reporting",), (50, 100), (8, 16), (14, 30), (1.8, 2.8)),
    "table_bloat": (DRIFTING_TASKS, (10, 50), (90, 160), (24, 60), (1, 1)),
}


def _windows(kind: str, target: str | None, generator: random.Random) -> list[Cause]:
    targets, gap, lead, length, severity = RECIPES[kind]
    hour, causes = generator.uniform(12, gap[1]), []
    while hour < HORIZON_DAYS * 24:
        start = hour + generator.uniform(*lead)
        end = start + generator.uniform(*length)
        causes.append(
            Cause(kind, target or generator.choice(targets), hour, start, end, generator.uniform(*severity))
        )
        hour = end + generator.uniform(*gap)
    return causes


@lru_cache
def plan(seed: int = SEED) -> tuple[Cause, ...]:
    """All causes, by time. Each kind draws from a generator of its own: editing one recipe moves no other."""
    causes = []
    for kind, recipe in RECIPES.items():
        # Each drifting task has a bloat cycle of its own; other kinds strike one target at a time.
        for target in recipe[0] if kind == "table_bloat" else (None,):
            causes += _windows(kind, target, random.Random(f"{seed}:{kind}:{target}"))
    return tuple(sorted(causes, key=lambda cause: (cause.start_hour, cause.kind, cause.target)))


def of(kind: str, target: str | None = None) -> list[Cause]:
    return [cause for cause in plan() if cause.kind == kind and target in (None, cause.target)]


def active(kind: str, target: str, hour: float) -> Cause | None:
    return next((cause for cause in of(kind, target) if cause.active(hour)), None)


def onset(kind: str, target: str, hour: float) -> tuple[float, float]:
    """(progress 0 to 1, severity) of the strongest cause of this kind."""
    return max(((cause.onset(hour), cause.severity) for cause in of(kind, target)), default=(0.0, 1.0))


def release(dag_id: str, hour: float) -> int:
    """Releases of a DAG up to an hour: each bad deploy is one, its fix another."""
    changes = (moment for cause in of("bad_deploy", dag_id) for moment in (cause.start_hour, cause.end_hour))
    return 1 + sum(moment <= hour for moment in changes)

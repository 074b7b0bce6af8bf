"""Three reports in parallel through the small pool `reporting`; their tokens expire while they wait."""

from airflow_platform.build import marker, platform_dag, step

with platform_dag("operational_reports", every=6, offset=1, owner="bi", tags=["reports"]) as dag:
    reports = [
        step(name, 45, report=True, pool="reporting", token_hours=5) for name in ("logistics", "support", "returns")
    ]
    marker("start") >> reports >> marker("end", trigger_rule="all_done")

"""Results of the running experiments."""

from airflow_platform.build import platform_dag, step

with platform_dag("ab_tests", every=12, offset=8, owner="product", tags=["product"]) as dag:
    exposures = step("exposures", 30, warehouse=True, retries=1)
    exposures >> step("statistics", 25, breaks_with_release="variant_key") >> step("publish", 5)

"""A vendor's daily price list: waits for the file, which comes late in bad spells."""

from airflow.providers.standard.sensors.python import PythonSensor
from airflow_platform.build import marker, platform_dag, step, virtual
from airflow_platform.work import feed_has_arrived

with platform_dag("vendor_prices", every=24, offset=5, owner="procurement", tags=["vendor"]) as dag:
    wait = PythonSensor(
        task_id="wait_for_file",
        python_callable=feed_has_arrived,
        op_args=["vendor_prices"],
        mode="poke",
        poke_interval=virtual(minutes=12),
        timeout=virtual(hours=6),
    )
    wait >> step("parse", 20) >> step("load_warehouse", 30, warehouse=True, retries=1) >> marker("end")

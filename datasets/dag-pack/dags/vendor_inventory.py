"""A vendor's stock levels, twice a day; the file comes late in bad spells."""

from airflow.providers.standard.sensors.python import PythonSensor
from airflow_platform.build import marker, platform_dag, step, virtual
from airflow_platform.work import feed_has_arrived

with platform_dag("vendor_inventory", every=12, offset=4, owner="procurement", tags=["vendor"]) as dag:
    wait = PythonSensor(
        task_id="wait_for_file",
        python_callable=feed_has_arrived,
        op_args=["vendor_inventory"],
        mode="poke",
        poke_interval=virtual(minutes=12),
        timeout=virtual(hours=4),
    )
    wait >> step("load_warehouse", 30, warehouse=True, retries=1) >> marker("end")

"""Imports, before the executor forks its workers, what every task process would import for itself.

A task process is a fork of a LocalExecutor worker, which is a fork of the scheduler: modules loaded
here are shared pages there, and a short task costs a fraction of the CPU.
"""

import sys

if any("scheduler" in argument for argument in sys.argv):
    try:
        import airflow.dag_processing.dagbag  # noqa: F401
    except ImportError:  # before Airflow 3.2
        import airflow.models.dagbag  # noqa: F401
    import airflow.providers.standard.decorators.python  # noqa: F401
    import airflow.providers.standard.operators.bash  # noqa: F401
    import airflow.providers.standard.operators.python  # noqa: F401
    import airflow.providers.standard.sensors.python  # noqa: F401
    import airflow.sdk.execution_time.supervisor  # noqa: F401
    import airflow.sdk.execution_time.task_runner  # noqa: F401
    from airflow.sdk import DAG, Asset, TaskGroup, get_current_context, task  # noqa: F401

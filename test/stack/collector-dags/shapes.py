"""Every shape that a try can take, fast: retries, mapped tasks, skips, markers, reschedules, deferral, failures with what follows."""

import random
import time
from datetime import datetime, timedelta

try:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.providers.standard.sensors.python import PythonSensor
    from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor
    from airflow.sdk import dag, task

    DEFERRED = {"deferrable": True}
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task
    from airflow.operators.empty import EmptyOperator
    from airflow.sensors.python import PythonSensor
    from airflow.sensors.time_delta import TimeDeltaSensorAsync as TimeDeltaSensor

    DEFERRED = {}

try:
    from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

    try:
        from airflow.sdk.definitions.callback import AsyncCallback
    except ImportError:  # 3.1
        from airflow.sdk.definitions.deadline import AsyncCallback

    # Never missed; what would be called need only be importable. Not DAGRUN_QUEUED_AT: Airflow 3.3.2 then answers a clearing
    # with 500 (`_recalculate_dagrun_queued_at_deadlines` takes the stored interval for a number).
    IN_TIME = {
        "deadline": DeadlineAlert(
            reference=DeadlineReference.FIXED_DATETIME(datetime(2099, 1, 1)),
            interval=timedelta(hours=6),
            callback=AsyncCallback("asyncio.sleep", kwargs={"delay": 0}),
        )
    }
except ImportError:  # before 3.1
    IN_TIME = {}

START = datetime(2026, 1, 1)
RETRY = {"retries": 2, "retry_delay": timedelta(seconds=2)}


@dag(dag_id="retry.dots", schedule=timedelta(seconds=20), start_date=START, catchup=False, default_args=RETRY, tags=["team:a"])
def retry_dots():
    @task
    def extract():
        return [1, 2, 3]

    @task(retries=1)
    def mapped(value):
        if random.random() < 0.4:
            raise ValueError(value)

    @task
    def flaky():
        if random.random() < 0.5:
            raise RuntimeError("flaky")

    @task(trigger_rule="all_done")
    def report():
        pass

    [mapped.expand(value=extract()), flaky()] >> report()


@dag(dag_id="branches", schedule=timedelta(seconds=25), start_date=START, catchup=False)
def branches():
    @task.branch
    def choose():
        return "left"

    @task.short_circuit
    def stop_here():
        return False

    ends = [EmptyOperator(task_id="left"), EmptyOperator(task_id="right")]
    join = EmptyOperator(task_id="join", trigger_rule="none_failed_min_one_success")
    choose() >> ends >> join >> stop_here() >> EmptyOperator(task_id="never")


@dag(dag_id="waits", schedule=timedelta(seconds=30), start_date=START, catchup=False)
def waits():
    reschedule = PythonSensor(
        task_id="reschedule",
        python_callable=lambda: random.random() < 0.5,
        mode="reschedule",
        poke_interval=2,
        timeout=60,
    )
    reschedule >> TimeDeltaSensor(task_id="defer", delta=timedelta(seconds=3), **DEFERRED)


@dag(dag_id="to_clear", schedule=None, start_date=START, **IN_TIME)
def to_clear():
    @task
    def good():
        pass

    @task
    def bad():
        raise ValueError("always")

    @task
    def after():
        pass

    good() >> bad() >> after() >> EmptyOperator(task_id="end")


@dag(dag_id="to_kill", schedule=None, start_date=START)
def to_kill():
    @task
    def sleepy():
        time.sleep(600)

    @task
    def later():
        pass

    sleepy() >> later()


retry_dots()
branches()
waits()
to_clear()
to_kill()

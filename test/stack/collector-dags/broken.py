"""A DAG file that Airflow cannot import: the import error that the collector must find."""

from airflow import DAG  # noqa: F401

raise ImportError("no module that would make this dag work")

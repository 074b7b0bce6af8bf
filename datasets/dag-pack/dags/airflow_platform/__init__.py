"""The modelled data platform behind the DAG pack: virtual time, causes of failure, task bodies."""

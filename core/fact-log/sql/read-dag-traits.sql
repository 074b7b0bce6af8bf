-- The latest description of every DAG.
SELECT DISTINCT ON (deployment, dag_id) deployment, dag_id AS "dagId", owners, tags
FROM dag_fact ORDER BY deployment, dag_id, fact_id DESC

-- COPY takes no parameters, so the statements of the reader find theirs in settings of the transaction.
SELECT
  set_config('orc.after_fact_id', $1::text, true),
  set_config('orc.until_fact_id', $2::text, true),
  set_config('orc.deployment', $3::text, true),
  set_config('orc.has_deployment', $4::text, true),
  set_config('orc.lag_seconds', $5::text, true),
  set_config('orc.derive_runs', $6::text, true)

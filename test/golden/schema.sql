CREATE SEQUENCE action_action_id_seq AS bigint;
CREATE SEQUENCE api_token_token_id_seq AS bigint;
CREATE SEQUENCE fact_id_seq AS bigint;
CREATE SEQUENCE incident_event_event_id_seq AS bigint;
CREATE SEQUENCE incident_incident_id_seq AS bigint;
CREATE SEQUENCE notification_notification_id_seq AS bigint;
CREATE SEQUENCE score_score_id_seq AS bigint;

CREATE TABLE action (
  action_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  deployment text NOT NULL,
  dag_id text,
  run_id text,
  kind text NOT NULL,
  cause text NOT NULL,
  mode text NOT NULL,
  arm text,
  treated_probability double precision,
  drawn_at timestamp with time zone NOT NULL,
  state text NOT NULL,
  reason text NOT NULL,
  refusal text,
  request jsonb NOT NULL,
  before jsonb,
  after jsonb,
  due_at timestamp with time zone NOT NULL,
  decided_by text NOT NULL,
  changed_at timestamp with time zone NOT NULL,
  called_at timestamp with time zone,
  helped boolean,
  run_failed boolean,
  judged_at timestamp with time zone,
  pool text,
  incident text NOT NULL,
  expires_at timestamp with time zone,
  follows bigint,
  delay_minutes double precision,
  CONSTRAINT action_arm_check CHECK ((arm = ANY (ARRAY['treated'::text, 'held_out'::text]))),
  CONSTRAINT action_check CHECK ((num_nonnulls(dag_id, pool) = 1)),
  CONSTRAINT action_check1 CHECK (((run_id IS NULL) OR (dag_id IS NOT NULL))),
  CONSTRAINT action_delay_minutes_check CHECK ((delay_minutes >= (0)::double precision)),
  CONSTRAINT action_state_check CHECK ((state = ANY (ARRAY['recommended'::text, 'held_out'::text, 'shadowed'::text, 'suggested'::text, 'proposed'::text, 'approved'::text, 'rejected'::text, 'calling'::text, 'done'::text, 'refused'::text]))),
  CONSTRAINT action_follows_fkey FOREIGN KEY (follows) REFERENCES action(action_id),
  CONSTRAINT action_pkey PRIMARY KEY (action_id),
  CONSTRAINT action_deployment_kind_incident_key UNIQUE (deployment, kind, incident)
);
CREATE INDEX action_called ON public.action USING btree (deployment, called_at) WHERE (called_at IS NOT NULL);
CREATE INDEX action_follows ON public.action USING btree (follows) WHERE (follows IS NOT NULL);
CREATE INDEX action_open ON public.action USING btree (state, due_at) WHERE (state = ANY (ARRAY['proposed'::text, 'approved'::text, 'calling'::text]));
CREATE INDEX action_run ON public.action USING btree (deployment, dag_id, run_id) WHERE (run_id IS NOT NULL);
CREATE INDEX action_triggered ON public.action USING btree (deployment, ((request ->> 'dagId'::text)) COLLATE "C", ((request ->> 'runId'::text)) COLLATE "C") WHERE (kind = 'trigger'::text);
CREATE INDEX action_unjudged ON public.action USING btree (drawn_at) WHERE (judged_at IS NULL);

CREATE TABLE action_control (
  only_row boolean NOT NULL DEFAULT true,
  salt bytea NOT NULL,
  stopped_at timestamp with time zone,
  stopped_by text,
  CONSTRAINT action_control_only_row_check CHECK (only_row),
  CONSTRAINT action_control_salt_check CHECK ((octet_length(salt) >= 16)),
  CONSTRAINT action_control_pkey PRIMARY KEY (only_row)
);

CREATE TABLE action_message (
  action_id bigint NOT NULL,
  destination text NOT NULL,
  created_at timestamp with time zone NOT NULL,
  remote_channel text,
  remote_id text,
  shown text,
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamp with time zone,
  last_error text,
  finished_at timestamp with time zone,
  finished_reason text,
  CONSTRAINT action_message_action_id_fkey FOREIGN KEY (action_id) REFERENCES action(action_id) ON DELETE CASCADE,
  CONSTRAINT action_message_pkey PRIMARY KEY (action_id, destination)
);
CREATE INDEX action_message_unfinished ON public.action_message USING btree (action_id) WHERE (finished_at IS NULL);

CREATE TABLE action_promotion (
  deployment text NOT NULL,
  kind text NOT NULL,
  promoted_at timestamp with time zone NOT NULL,
  promoted_by text NOT NULL,
  reason text NOT NULL,
  demoted_at timestamp with time zone,
  evidence jsonb NOT NULL,
  CONSTRAINT action_promotion_pkey PRIMARY KEY (deployment, kind)
);

CREATE TABLE action_total (
  deployment text NOT NULL,
  kind text NOT NULL,
  mode text NOT NULL,
  state text NOT NULL,
  count bigint NOT NULL,
  helped bigint NOT NULL DEFAULT 0,
  CONSTRAINT action_total_pkey PRIMARY KEY (deployment, kind, mode, state)
);

CREATE TABLE api_token (
  token_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  role text NOT NULL,
  token_sha256 bytea NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  CONSTRAINT api_token_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'operator'::text, 'developer'::text, 'admin'::text]))),
  CONSTRAINT api_token_pkey PRIMARY KEY (token_id),
  CONSTRAINT api_token_name_key UNIQUE (name),
  CONSTRAINT api_token_token_sha256_key UNIQUE (token_sha256)
);

CREATE TABLE asset_event_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq'::regclass),
  deployment text NOT NULL,
  event_id bigint NOT NULL,
  uri text NOT NULL,
  name text NOT NULL,
  dag_id text,
  task_id text,
  run_id text,
  map_index integer,
  event_time timestamp with time zone NOT NULL,
  known_at timestamp with time zone NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  CONSTRAINT asset_event_fact_pkey PRIMARY KEY (fact_id),
  CONSTRAINT asset_event_fact_deployment_event_id_event_time_key UNIQUE (deployment, event_id, event_time)
);

CREATE TABLE asset_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq'::regclass),
  deployment text NOT NULL,
  uri text NOT NULL,
  name text NOT NULL,
  is_active boolean NOT NULL,
  producing_tasks jsonb NOT NULL,
  consuming_dags text[] NOT NULL,
  event_time timestamp with time zone NOT NULL,
  known_at timestamp with time zone NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  CONSTRAINT asset_fact_pkey PRIMARY KEY (fact_id)
);
CREATE INDEX asset_fact_latest ON public.asset_fact USING btree (deployment, md5(uri), fact_id DESC);

CREATE TABLE audit_entry (
  sequence bigint NOT NULL,
  at timestamp with time zone NOT NULL,
  entry text NOT NULL,
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT audit_entry_entry_check CHECK (((entry)::json IS NOT NULL)),
  CONSTRAINT audit_entry_hash_check CHECK ((octet_length(hash) = 32)),
  CONSTRAINT audit_entry_previous_hash_check CHECK ((octet_length(previous_hash) = 32)),
  CONSTRAINT audit_entry_pkey PRIMARY KEY (sequence)
);

CREATE TABLE audit_head (
  only_row boolean NOT NULL DEFAULT true,
  sequence bigint NOT NULL,
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT audit_head_only_row_check CHECK (only_row),
  CONSTRAINT audit_head_pkey PRIMARY KEY (only_row)
);

CREATE TABLE collection_state (
  deployment text NOT NULL,
  source text NOT NULL,
  stream text NOT NULL,
  state jsonb NOT NULL,
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT collection_state_pkey PRIMARY KEY (deployment, source, stream)
);

CREATE TABLE dag_dependency_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq'::regclass),
  deployment text NOT NULL,
  from_dag_id text NOT NULL,
  to_dag_id text NOT NULL,
  kind text NOT NULL,
  via text NOT NULL,
  is_active boolean NOT NULL,
  event_time timestamp with time zone NOT NULL,
  known_at timestamp with time zone NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  CONSTRAINT dag_dependency_fact_kind_check CHECK ((kind = ANY (ARRAY['asset'::text, 'trigger'::text, 'sensor'::text]))),
  CONSTRAINT dag_dependency_fact_pkey PRIMARY KEY (fact_id)
);
CREATE INDEX dag_dependency_fact_latest ON public.dag_dependency_fact USING btree (deployment, from_dag_id, to_dag_id, fact_id DESC);

CREATE TABLE dag_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq'::regclass),
  deployment text NOT NULL,
  dag_id text NOT NULL,
  is_active boolean NOT NULL,
  is_paused boolean NOT NULL,
  schedule text,
  owners text[] NOT NULL,
  tags text[] NOT NULL,
  next_run_after timestamp with time zone,
  file_location text,
  event_time timestamp with time zone NOT NULL,
  known_at timestamp with time zone NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  CONSTRAINT dag_fact_pkey PRIMARY KEY (fact_id)
);
CREATE INDEX dag_fact_latest ON public.dag_fact USING btree (deployment, dag_id, fact_id DESC);

CREATE TABLE dag_run_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq'::regclass),
  deployment text NOT NULL,
  dag_id text NOT NULL,
  run_id text NOT NULL,
  state text NOT NULL,
  new_phases smallint NOT NULL,
  run_type text,
  run_after timestamp with time zone,
  logical_date timestamp with time zone,
  queued_at timestamp with time zone,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  event_time timestamp with time zone NOT NULL,
  known_at timestamp with time zone NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  CONSTRAINT dag_run_fact_pkey PRIMARY KEY (fact_id),
  CONSTRAINT dag_run_fact_dag_id_run_id_state_deployment_key UNIQUE (dag_id, run_id, state, deployment)
);
CREATE INDEX dag_run_fact_failed ON public.dag_run_fact USING btree (event_time) WHERE (state = 'failed'::text);

CREATE TABLE dag_version_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq'::regclass),
  deployment text NOT NULL,
  dag_id text NOT NULL,
  version_number integer NOT NULL,
  bundle_name text,
  bundle_version text,
  created_at timestamp with time zone NOT NULL,
  event_time timestamp with time zone NOT NULL,
  known_at timestamp with time zone NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  CONSTRAINT dag_version_fact_pkey PRIMARY KEY (fact_id)
);
CREATE INDEX dag_version_fact_latest ON public.dag_version_fact USING btree (deployment, dag_id, version_number, fact_id DESC);

CREATE TABLE deadline_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq'::regclass),
  deployment text NOT NULL,
  dag_id text NOT NULL,
  run_id text NOT NULL,
  deadline_id text NOT NULL,
  name text,
  deadline_at timestamp with time zone NOT NULL,
  is_missed boolean NOT NULL,
  event_time timestamp with time zone NOT NULL,
  known_at timestamp with time zone NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  CONSTRAINT deadline_fact_pkey PRIMARY KEY (fact_id),
  CONSTRAINT deadline_fact_deployment_deadline_id_deadline_at_is_missed_key UNIQUE (deployment, deadline_id, deadline_at, is_missed)
);
CREATE INDEX deadline_fact_run ON public.deadline_fact USING btree (deployment, dag_id, run_id);

CREATE TABLE event_log_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq'::regclass),
  deployment text NOT NULL,
  event_id bigint NOT NULL,
  event text NOT NULL,
  action text NOT NULL,
  dag_id text,
  task_id text,
  run_id text,
  map_index integer,
  try_number integer,
  owner text,
  detail jsonb,
  event_time timestamp with time zone NOT NULL,
  known_at timestamp with time zone NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  CONSTRAINT event_log_fact_pkey PRIMARY KEY (fact_id),
  CONSTRAINT event_log_fact_deployment_event_id_event_time_key UNIQUE (deployment, event_id, event_time)
);

CREATE TABLE failure_log_queue (
  deployment text NOT NULL,
  dag_id text NOT NULL,
  run_id text NOT NULL,
  task_id text NOT NULL,
  map_index integer NOT NULL,
  try_number integer NOT NULL,
  pool text,
  ended_at timestamp with time zone NOT NULL,
  is_live boolean NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamp with time zone NOT NULL,
  CONSTRAINT failure_log_queue_pkey PRIMARY KEY (dag_id, run_id, task_id, map_index, try_number, deployment)
);

CREATE TABLE failure_reason_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq'::regclass),
  deployment text NOT NULL,
  dag_id text NOT NULL,
  run_id text NOT NULL,
  task_id text NOT NULL,
  map_index integer NOT NULL,
  try_number integer NOT NULL,
  pool text,
  class text NOT NULL,
  rule text,
  template_id text,
  template text,
  evidence text,
  unread text,
  event_time timestamp with time zone NOT NULL,
  known_at timestamp with time zone NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  CONSTRAINT failure_reason_fact_pkey PRIMARY KEY (fact_id),
  CONSTRAINT failure_reason_fact_dag_id_run_id_task_id_map_index_try_num_key UNIQUE (dag_id, run_id, task_id, map_index, try_number, deployment)
);
CREATE INDEX failure_reason_latest ON public.failure_reason_fact USING btree (deployment, dag_id, event_time DESC);
CREATE INDEX failure_reason_recent ON public.failure_reason_fact USING btree (event_time) WHERE (NOT visibility_assumed);

CREATE TABLE import_error_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq'::regclass),
  deployment text NOT NULL,
  file text NOT NULL,
  bundle_name text,
  message text,
  is_resolved boolean NOT NULL,
  event_time timestamp with time zone NOT NULL,
  known_at timestamp with time zone NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  CONSTRAINT import_error_fact_pkey PRIMARY KEY (fact_id)
);
CREATE INDEX import_error_fact_latest ON public.import_error_fact USING btree (deployment, md5(file), fact_id DESC);

CREATE TABLE incident (
  incident_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  deployment text NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL,
  team text,
  severity text NOT NULL,
  run_id text,
  phase text NOT NULL,
  opened_at timestamp with time zone NOT NULL,
  quiet_since timestamp with time zone,
  closed_at timestamp with time zone,
  outcome jsonb,
  situation jsonb,
  situation_at timestamp with time zone,
  revision integer NOT NULL DEFAULT 1,
  acknowledged_at timestamp with time zone,
  acknowledged_by text,
  snoozed_until timestamp with time zone,
  snoozed_by text,
  CONSTRAINT incident_check CHECK (((phase = 'closed'::text) = (closed_at IS NOT NULL))),
  CONSTRAINT incident_kind_check CHECK ((kind = ANY (ARRAY['failure'::text, 'lateness'::text, 'pool'::text, 'outage'::text, 'health'::text, 'platform'::text]))),
  CONSTRAINT incident_phase_check CHECK ((phase = ANY (ARRAY['at_risk'::text, 'failed'::text, 'late'::text, 'eased'::text, 'closed'::text]))),
  CONSTRAINT incident_severity_check CHECK ((severity = ANY (ARRAY['warning'::text, 'critical'::text]))),
  CONSTRAINT incident_pkey PRIMARY KEY (incident_id)
);
CREATE INDEX incident_closed ON public.incident USING btree (closed_at);
CREATE UNIQUE INDEX incident_open ON public.incident USING btree (deployment, kind, subject) WHERE (closed_at IS NULL);

CREATE TABLE incident_alert (
  incident_id bigint NOT NULL,
  fingerprint text NOT NULL,
  labels jsonb NOT NULL,
  annotations jsonb NOT NULL,
  starts_at timestamp with time zone NOT NULL,
  resolved_at timestamp with time zone,
  received_at timestamp with time zone NOT NULL,
  CONSTRAINT incident_alert_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(incident_id) ON DELETE CASCADE,
  CONSTRAINT incident_alert_pkey PRIMARY KEY (incident_id, fingerprint)
);
CREATE INDEX incident_alert_fingerprint ON public.incident_alert USING btree (fingerprint, received_at);

CREATE TABLE incident_event (
  event_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  incident_id bigint NOT NULL,
  at timestamp with time zone NOT NULL,
  what text NOT NULL,
  detail jsonb NOT NULL,
  CONSTRAINT incident_event_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(incident_id) ON DELETE CASCADE,
  CONSTRAINT incident_event_pkey PRIMARY KEY (event_id)
);
CREATE INDEX incident_event_incident ON public.incident_event USING btree (incident_id, event_id);

CREATE TABLE incident_feedback (
  incident_id bigint NOT NULL,
  verdict text NOT NULL,
  channel text NOT NULL,
  user_id text NOT NULL,
  user_name text,
  given_at timestamp with time zone NOT NULL,
  CONSTRAINT incident_feedback_verdict_check CHECK ((verdict = 'not_useful'::text)),
  CONSTRAINT incident_feedback_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(incident_id) ON DELETE CASCADE,
  CONSTRAINT incident_feedback_pkey PRIMARY KEY (incident_id, verdict, channel, user_id)
);

CREATE TABLE model_version (
  version text NOT NULL,
  role text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  promoted_at timestamp with time zone,
  feature_set_hash text NOT NULL,
  data_from timestamp with time zone,
  data_to timestamp with time zone,
  training_rows bigint NOT NULL,
  metrics jsonb NOT NULL,
  parameters jsonb NOT NULL,
  weights bytea NOT NULL,
  history jsonb NOT NULL DEFAULT '[]'::jsonb,
  reference jsonb,
  CONSTRAINT model_version_role_check CHECK ((role = ANY (ARRAY['champion'::text, 'candidate'::text, 'retired'::text]))),
  CONSTRAINT model_version_pkey PRIMARY KEY (version)
);
CREATE UNIQUE INDEX model_version_champion ON public.model_version USING btree (role) WHERE (role = 'champion'::text);

CREATE TABLE notification (
  notification_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  incident_id bigint,
  digest_day date,
  channel text NOT NULL,
  destination text NOT NULL,
  created_at timestamp with time zone NOT NULL,
  remote_channel text,
  remote_id text,
  sent_revision integer NOT NULL DEFAULT 0,
  told_event_id bigint NOT NULL DEFAULT 0,
  sent_at timestamp with time zone,
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamp with time zone,
  last_error text,
  finished_at timestamp with time zone,
  finished_reason text,
  CONSTRAINT notification_channel_check CHECK ((channel = ANY (ARRAY['slack'::text, 'email'::text, 'print'::text]))),
  CONSTRAINT notification_check CHECK (((incident_id IS NULL) <> (digest_day IS NULL))),
  CONSTRAINT notification_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(incident_id) ON DELETE CASCADE,
  CONSTRAINT notification_pkey PRIMARY KEY (notification_id),
  CONSTRAINT notification_digest_day_channel_destination_key UNIQUE (digest_day, channel, destination),
  CONSTRAINT notification_incident_id_channel_destination_key UNIQUE (incident_id, channel, destination)
);
CREATE INDEX notification_unfinished ON public.notification USING btree (notification_id) WHERE (finished_at IS NULL);

CREATE TABLE platform_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq'::regclass),
  deployment text NOT NULL,
  event_time timestamp with time zone NOT NULL,
  known_at timestamp with time zone NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  name text NOT NULL,
  dag_id text NOT NULL,
  task_id text NOT NULL,
  pool text NOT NULL,
  state text NOT NULL,
  queue text NOT NULL,
  executor text NOT NULL,
  host text NOT NULL,
  dag_file text NOT NULL,
  value double precision NOT NULL,
  maximum double precision,
  sample_count double precision NOT NULL,
  CONSTRAINT platform_fact_pkey PRIMARY KEY (event_time, deployment, name, dag_id, task_id, pool, state, queue, executor, host, dag_file)
) PARTITION BY RANGE (event_time);
CREATE INDEX platform_fact_id ON ONLY public.platform_fact USING brin (fact_id);
CREATE INDEX platform_fact_read ON ONLY public.platform_fact USING btree (fact_id) WHERE ((name = ANY (ARRAY['scheduler_heartbeat_age_seconds'::text, 'executor_open_slots'::text, 'executor_queued_tasks'::text, 'scheduler_tasks_starving'::text, 'dag_processing_total_parse_time_seconds'::text])) AND ((source = 'airflow_rest'::text) OR (EXTRACT(second FROM (event_time AT TIME ZONE 'UTC'::text)) < (10)::numeric)));

CREATE TABLE pool_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq'::regclass),
  deployment text NOT NULL,
  pool text NOT NULL,
  slots integer NOT NULL,
  occupied_slots integer NOT NULL,
  running_slots integer NOT NULL,
  queued_slots integer NOT NULL,
  scheduled_slots integer NOT NULL,
  deferred_slots integer NOT NULL,
  event_time timestamp with time zone NOT NULL,
  known_at timestamp with time zone NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  CONSTRAINT pool_fact_pkey PRIMARY KEY (fact_id)
);
CREATE INDEX pool_fact_latest ON public.pool_fact USING btree (deployment, pool, fact_id DESC);

CREATE TABLE schema_migration (
  number integer NOT NULL,
  name text NOT NULL,
  sha256 text NOT NULL,
  applied_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT schema_migration_pkey PRIMARY KEY (number)
);

CREATE TABLE score (
  score_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  decided_at timestamp with time zone NOT NULL,
  deployment text NOT NULL,
  kind text NOT NULL,
  dag_id text NOT NULL,
  run_id text,
  task_id text NOT NULL,
  map_index integer NOT NULL,
  try_number integer NOT NULL,
  stage text NOT NULL,
  risk double precision NOT NULL,
  after_success boolean NOT NULL,
  model_version text NOT NULL,
  vector bytea NOT NULL,
  is_settled boolean NOT NULL DEFAULT false,
  outcome smallint,
  outcome_known_at timestamp with time zone,
  is_counted boolean NOT NULL DEFAULT false,
  CONSTRAINT score_kind_check CHECK ((kind = ANY (ARRAY['try'::text, 'dag_run'::text]))),
  CONSTRAINT score_stage_check CHECK ((stage = ANY (ARRAY['planned'::text, 'queued'::text, 'running'::text, 'retrying'::text]))),
  CONSTRAINT score_pkey PRIMARY KEY (decided_at, score_id)
) PARTITION BY RANGE (decided_at);
CREATE INDEX score_counted ON ONLY public.score USING btree (outcome_known_at) WHERE is_counted;
CREATE INDEX score_sample ON ONLY public.score USING btree (kind, stage, hashint8(score_id));
CREATE INDEX score_subject ON ONLY public.score USING btree (dag_id, run_id, task_id);
CREATE INDEX score_without_run ON ONLY public.score USING btree (dag_id) WHERE (run_id IS NULL);

CREATE TABLE slack_request (
  signature text NOT NULL,
  received_at timestamp with time zone NOT NULL,
  CONSTRAINT slack_request_pkey PRIMARY KEY (signature)
);

CREATE TABLE task_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq'::regclass),
  deployment text NOT NULL,
  dag_id text NOT NULL,
  task_id text NOT NULL,
  is_active boolean NOT NULL,
  operator text,
  pool text,
  pool_slots integer NOT NULL,
  queue text,
  owner text,
  retries integer NOT NULL,
  retry_delay_seconds double precision,
  execution_timeout_seconds double precision,
  trigger_rule text,
  is_mapped boolean NOT NULL,
  downstream_task_ids text[] NOT NULL,
  event_time timestamp with time zone NOT NULL,
  known_at timestamp with time zone NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  CONSTRAINT task_fact_pkey PRIMARY KEY (fact_id)
);
CREATE INDEX task_fact_latest ON public.task_fact USING btree (deployment, dag_id, task_id, fact_id DESC);

CREATE TABLE try_fact (
  fact_id bigint NOT NULL DEFAULT nextval('fact_id_seq'::regclass),
  deployment text NOT NULL,
  dag_id text NOT NULL,
  run_id text NOT NULL,
  task_id text NOT NULL,
  map_index integer NOT NULL,
  try_number integer NOT NULL,
  state text NOT NULL,
  new_phases smallint NOT NULL,
  run_type text,
  scheduled_at timestamp with time zone,
  queued_at timestamp with time zone,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  operator text,
  pool text,
  queue text,
  owner text,
  hostname text,
  extra jsonb,
  event_time timestamp with time zone NOT NULL,
  known_at timestamp with time zone NOT NULL,
  visibility_assumed boolean NOT NULL,
  source text NOT NULL,
  CONSTRAINT try_fact_pkey PRIMARY KEY (fact_id),
  CONSTRAINT try_fact_dag_id_run_id_task_id_map_index_try_number_state_d_key UNIQUE (dag_id, run_id, task_id, map_index, try_number, state, deployment)
);

-- function drop_platform_partitions(date)
-- function drop_score_partitions(date)
-- function ensure_platform_partition(date)
-- function ensure_score_partition(date)
-- function refuse_audit_change()
CREATE TRIGGER audit_entry_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_head_moves_on BEFORE UPDATE ON public.audit_head FOR EACH ROW WHEN (((new.sequence <> (old.sequence + 1)) OR (new.previous_hash <> old.hash))) EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON public.audit_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE VIEW touched_run AS  SELECT action.deployment,
    action.dag_id,
    action.run_id,
    action.called_at
   FROM action
  WHERE ((action.kind = 'retry'::text) AND (action.state = ANY (ARRAY['calling'::text, 'done'::text])) AND (action.called_at IS NOT NULL))
UNION ALL
 SELECT action.deployment,
    ((action.request ->> 'dagId'::text) COLLATE "C") AS dag_id,
    ((action.request ->> 'runId'::text) COLLATE "C") AS run_id,
    action.called_at
   FROM action
  WHERE ((action.kind = 'trigger'::text) AND (action.state = ANY (ARRAY['calling'::text, 'done'::text])) AND (action.called_at IS NOT NULL));

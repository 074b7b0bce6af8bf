-- What alerts told of one thing, from the first of them until it is over: its messages, presses of buttons and feedback belong
-- to it. At most one incident of a subject is open.
CREATE TABLE incident (
  incident_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  deployment text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('failure', 'lateness', 'pool', 'outage', 'health', 'platform')),
  -- dag_id of a failure or lateness, name of a pool, name of the alert of health and platform, '' of an outage.
  subject text COLLATE "C" NOT NULL,
  team text,
  severity text NOT NULL CHECK (severity IN ('warning', 'critical')),
  -- The run that was current when it opened; null when that was only planned.
  run_id text COLLATE "C",
  phase text NOT NULL CHECK (phase IN ('at_risk', 'failed', 'late', 'eased', 'closed')),
  opened_at timestamptz NOT NULL,
  -- Since when no alert fires; null while one does.
  quiet_since timestamptz,
  closed_at timestamptz,
  -- What really happened; null while it is open.
  outcome jsonb,
  -- What its messages say of the DAG or pool, as it was at situation_at.
  situation jsonb,
  situation_at timestamptz,
  -- Grows with everything that its messages show.
  revision integer NOT NULL DEFAULT 1,
  acknowledged_at timestamptz,
  acknowledged_by text,
  snoozed_until timestamptz,
  snoozed_by text,
  CHECK ((phase = 'closed') = (closed_at IS NOT NULL))
);
CREATE UNIQUE INDEX incident_open ON incident (deployment, kind, subject) WHERE closed_at IS NULL;
CREATE INDEX incident_closed ON incident (closed_at);

-- Alerts of an incident, as Alertmanager last told them.
CREATE TABLE incident_alert (
  incident_id bigint NOT NULL REFERENCES incident ON DELETE CASCADE,
  fingerprint text COLLATE "C" NOT NULL,
  labels jsonb NOT NULL,
  annotations jsonb NOT NULL,
  starts_at timestamptz NOT NULL,
  -- When it was told to be resolved; null while it fires.
  resolved_at timestamptz,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (incident_id, fingerprint)
);
CREATE INDEX incident_alert_fingerprint ON incident_alert (fingerprint, received_at);

-- What happened to an incident, in order.
CREATE TABLE incident_event (
  event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_id bigint NOT NULL REFERENCES incident ON DELETE CASCADE,
  at timestamptz NOT NULL,
  what text NOT NULL,
  detail jsonb NOT NULL
);
CREATE INDEX incident_event_incident ON incident_event (incident_id, event_id);

-- The outbox: one row per incident, or daily digest, and place where it is told. What is unsent stays due.
CREATE TABLE notification (
  notification_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_id bigint REFERENCES incident ON DELETE CASCADE,
  digest_day date,
  channel text NOT NULL CHECK (channel IN ('slack', 'email', 'print')),
  -- Slack channel, e-mail addresses, or what a dry run stands for.
  destination text NOT NULL,
  created_at timestamptz NOT NULL,
  -- Where the message is: channel and `ts` of Slack, Message-ID of e-mail; null before it was sent.
  remote_channel text,
  remote_id text,
  sent_revision integer NOT NULL DEFAULT 0,
  told_event_id bigint NOT NULL DEFAULT 0,
  sent_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamptz,
  last_error text,
  -- Nothing more is sent; the reason says why.
  finished_at timestamptz,
  finished_reason text,
  CHECK ((incident_id IS NULL) <> (digest_day IS NULL)),
  UNIQUE (incident_id, channel, destination),
  UNIQUE (digest_day, channel, destination)
);
CREATE INDEX notification_unfinished ON notification (notification_id) WHERE finished_at IS NULL;

-- What people said of an incident.
CREATE TABLE incident_feedback (
  incident_id bigint NOT NULL REFERENCES incident ON DELETE CASCADE,
  verdict text NOT NULL CHECK (verdict IN ('not_useful')),
  channel text NOT NULL,
  user_id text NOT NULL,
  user_name text,
  given_at timestamptz NOT NULL,
  PRIMARY KEY (incident_id, verdict, channel, user_id)
);

-- Signatures of requests from Slack that were acted on: none counts twice.
CREATE TABLE slack_request (
  signature text PRIMARY KEY,
  received_at timestamptz NOT NULL
);

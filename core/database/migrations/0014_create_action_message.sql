-- Where an action that waits for a person is told: a message in Slack, changed in place as it is decided and called.
CREATE TABLE action_message (
  action_id bigint NOT NULL REFERENCES action ON DELETE CASCADE,
  -- Slack channel, or what a dry run stands for.
  destination text NOT NULL,
  created_at timestamptz NOT NULL,
  -- Channel and `ts` of Slack; null before it was sent.
  remote_channel text,
  remote_id text,
  -- What it says of the action; null before it was sent.
  shown text,
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamptz,
  last_error text,
  -- Nothing more is sent; the reason says why.
  finished_at timestamptz,
  finished_reason text,
  PRIMARY KEY (action_id, destination)
);
CREATE INDEX action_message_unfinished ON action_message (action_id) WHERE finished_at IS NULL;

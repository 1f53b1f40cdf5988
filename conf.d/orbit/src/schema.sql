-- What `orbit db-push` makes of an empty database; run again it changes nothing.
CREATE TABLE IF NOT EXISTS runs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pipeline text NOT NULL,
  input jsonb NOT NULL DEFAULT '{}',
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'running', 'succeeded', 'failed')),
  attempt integer NOT NULL DEFAULT 0,
  worker text,
  error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  heartbeat_at timestamptz,
  finished_at timestamptz
);
CREATE INDEX IF NOT EXISTS runs_open ON runs (status, id) WHERE status IN ('pending', 'running');

-- What the runs have brought about. Nothing here keeps a run from having two rows: that is the workers' part.
CREATE TABLE IF NOT EXISTS results (
  run_id bigint NOT NULL REFERENCES runs,
  worker text NOT NULL,
  attempt integer NOT NULL,
  output jsonb
);

CREATE TABLE IF NOT EXISTS workers (
  name text PRIMARY KEY,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now()
);

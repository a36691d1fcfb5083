ALTER TABLE "cooking_sessions" ADD COLUMN "log_revision" integer;--> statement-breakpoint
ALTER TABLE "cooking_sessions" ADD COLUMN "ended_by_log" boolean DEFAULT false NOT NULL;
--> statement-breakpoint

-- As it was made in journal-append, where it is explained; `trouble.sessions` also tells `endedByLog`, which the previous
-- release passes over.
CREATE OR REPLACE FUNCTION journal_append_v1(
  plan jsonb, skip_locked boolean, wait_ms int, OUT stored_at timestamptz, OUT version text, OUT trouble jsonb
)
LANGUAGE plpgsql
-- Planning costs more than these statements do. A group is taken for 100 rows, for which a small table would be scanned
-- whole; an ordinary call has one.
SET plan_cache_mode = force_generic_plan
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
  this_database text := extract(epoch FROM pg_postmaster_start_time())::text;
  locked_appliances uuid[];
  locked_sessions uuid[];
  fresh_appliances int;
  fresh_sessions int;
  last_receipt timestamptz;
  oldest timestamptz;
  newest timestamptz;
BEGIN
  PERFORM set_config('lock_timeout', wait_ms::text, true);
  -- A session is found by its id; IS TRUE keeps the planner from all that its appliance ever cooked.
  IF skip_locked THEN
    SELECT array_agg(l.id), count(*) FILTER (WHERE l.is_fresh) INTO locked_appliances, fresh_appliances
    FROM (SELECT a.id, a.xmin::text = p.version AS is_fresh
          FROM jsonb_to_recordset(plan -> 'appliances') AS p(id uuid, version text) JOIN appliances a ON a.id = p.id
          ORDER BY a.id FOR NO KEY UPDATE OF a SKIP LOCKED) AS l;
    SELECT array_agg(l.id), count(*) FILTER (WHERE l.is_fresh), max(l.last_received_at)
      INTO locked_sessions, fresh_sessions, last_receipt
    FROM (SELECT s.id, s.xmin::text = p.version AS is_fresh, s.last_received_at
          FROM jsonb_to_recordset(plan -> 'sessions') AS p(id uuid, appliance_id uuid, version text)
          JOIN cooking_sessions s ON s.id = p.id AND (s.appliance_id = p.appliance_id) IS TRUE
          ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED) AS l;
  ELSE
    SELECT array_agg(l.id), count(*) FILTER (WHERE l.is_fresh) INTO locked_appliances, fresh_appliances
    FROM (SELECT a.id, a.xmin::text = p.version AS is_fresh
          FROM jsonb_to_recordset(plan -> 'appliances') AS p(id uuid, version text) JOIN appliances a ON a.id = p.id
          ORDER BY a.id FOR NO KEY UPDATE OF a) AS l;
    SELECT array_agg(l.id), count(*) FILTER (WHERE l.is_fresh), max(l.last_received_at)
      INTO locked_sessions, fresh_sessions, last_receipt
    FROM (SELECT s.id, s.xmin::text = p.version AS is_fresh, s.last_received_at
          FROM jsonb_to_recordset(plan -> 'sessions') AS p(id uuid, appliance_id uuid, version text)
          JOIN cooking_sessions s ON s.id = p.id AND (s.appliance_id = p.appliance_id) IS TRUE
          ORDER BY s.id FOR NO KEY UPDATE OF s) AS l;
  END IF;

  stored_at := clock_timestamp();
  oldest := stored_at - make_interval(months => (plan ->> 'months_back')::int);
  newest := stored_at + make_interval(hours => (plan ->> 'hours_ahead')::int);

  IF plan ->> 'database' = this_database
     AND fresh_appliances = jsonb_array_length(plan -> 'appliances')
     AND fresh_sessions = jsonb_array_length(plan -> 'sessions')
     AND ((plan ->> 'first')::timestamptz < oldest OR (plan ->> 'last')::timestamptz > newest) IS NOT TRUE
  THEN
    version := pg_current_xact_id()::xid::text;
    -- Whatever an earlier call in this transaction, or somebody since the server's start, has set.
    IF current_setting('synchronous_commit') = 'off' THEN
      PERFORM set_config('synchronous_commit', 'on', true);
    END IF;

    -- The time of receipt never steps back along a session, even where the clock did.
    INSERT INTO telemetry_events (appliance_id, session_id, event_type, payload, recorded_at, sequence, device_sequence,
                                  clock_offset_ms, received_at)
    SELECT e.appliance_id, e.session_id, e.event_type, e.payload, e.recorded_at, e.sequence, e.device_sequence,
           e.clock_offset_ms,
           CASE WHEN last_receipt > stored_at
                THEN greatest(stored_at, (SELECT s.last_received_at FROM cooking_sessions s WHERE s.id = e.session_id))
                ELSE stored_at END
    FROM jsonb_to_recordset(plan -> 'events')
           AS e(appliance_id uuid, session_id uuid, event_type text, payload jsonb, recorded_at timestamptz, sequence int,
                device_sequence int, clock_offset_ms bigint);

    UPDATE cooking_sessions s
    SET status = p.status, completed_at = p.completed_at, end_recorded_at = p.end_recorded_at,
        total_duration_s = p.total_duration_s, stages_log = p.stages_log, peak_temperature = p.peak_temperature,
        last_sequence = p.last_sequence, first_recorded_at = p.first_recorded_at,
        last_recorded_at = p.last_recorded_at, last_received_at = greatest(s.last_received_at, stored_at),
        progress = p.progress
    FROM jsonb_to_recordset(plan -> 'sessions')
           AS p(id uuid, status text, completed_at timestamptz, end_recorded_at timestamptz, total_duration_s int,
                stages_log jsonb, peak_temperature real, last_sequence int, first_recorded_at timestamptz,
                last_recorded_at timestamptz, progress jsonb)
    WHERE s.id = p.id;

    UPDATE appliances a
    SET status = p.status, firmware_version_cm5 = p.firmware_version_cm5,
        firmware_version_stm32 = p.firmware_version_stm32, reported_at = p.reported_at,
        reported_sequence = p.reported_sequence,
        last_seen_at = CASE WHEN p.is_heard THEN greatest(a.last_seen_at, stored_at) ELSE a.last_seen_at END
    FROM jsonb_to_recordset(plan -> 'appliances')
           AS p(id uuid, status text, firmware_version_cm5 text, firmware_version_stm32 text, reported_at timestamptz,
                reported_sequence int, is_heard boolean)
    WHERE a.id = p.id;
    RETURN;
  END IF;

  -- Nothing but locks was taken: a transaction that ends here need not wait for the disk. One that goes on after a call
  -- without `skip_locked` may still write.
  IF skip_locked THEN
    PERFORM set_config('synchronous_commit', 'off', true);
  END IF;
  trouble := jsonb_build_object(
    'database', this_database,
    'oldest', oldest,
    'newest', newest,
    'busy', (
      SELECT coalesce(jsonb_agg(id), '[]') FROM (
        SELECT a.id FROM jsonb_to_recordset(plan -> 'appliances') AS p(id uuid) JOIN appliances a ON a.id = p.id
        WHERE a.id <> ALL (coalesce(locked_appliances, '{}'))
        UNION ALL
        SELECT s.id
        FROM jsonb_to_recordset(plan -> 'sessions') AS p(id uuid, appliance_id uuid) JOIN cooking_sessions s ON s.id = p.id
        WHERE (s.appliance_id = p.appliance_id) IS TRUE AND s.id <> ALL (coalesce(locked_sessions, '{}'))) AS busy),
    'appliances', (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', a.id, 'version', a.xmin::text, 'status', coalesce(a.status, 'offline'),
        'firmwareVersionCm5', a.firmware_version_cm5, 'firmwareVersionStm32', a.firmware_version_stm32,
        'reportedAt', a.reported_at, 'reportedSequence', a.reported_sequence)), '[]')
      FROM jsonb_to_recordset(plan -> 'appliances') AS p(id uuid, version text) JOIN appliances a ON a.id = p.id
      WHERE p.version IS DISTINCT FROM a.xmin::text OR plan ->> 'database' IS DISTINCT FROM this_database),
    'sessions', (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', s.id, 'version', s.xmin::text, 'applianceId', s.appliance_id, 'status', s.status,
        'startedAt', s.started_at, 'completedAt', s.completed_at, 'endRecordedAt', s.end_recorded_at,
        'totalDurationS', s.total_duration_s, 'stagesLog', s.stages_log, 'peakTemperature', s.peak_temperature,
        'lastSequence', s.last_sequence, 'firstRecordedAt', s.first_recorded_at,
        'lastRecordedAt', s.last_recorded_at, 'lastReceivedAt', s.last_received_at, 'progress', s.progress,
        'endedByLog', s.ended_by_log)), '[]')
      FROM jsonb_to_recordset(plan -> 'sessions') AS p(id uuid, version text) JOIN cooking_sessions s ON s.id = p.id
      WHERE p.version IS DISTINCT FROM s.xmin::text OR plan ->> 'database' IS DISTINCT FROM this_database));
  stored_at := NULL;
END $$;

-- Copies at most `most` rows, of a month (UTC) that has no partition yet, from the default partition to the table that will
-- become its partition, and returns how many. Meanwhile the rows are read where they are: `ensure_telemetry_partition` drops
-- them there as it attaches the table. Indexes, foreign keys and bounds are there from the start, so that nothing has to be
-- built or proved under its locks. Where fewer than `most` rows wait, that is done quickly enough by itself: 0.
CREATE FUNCTION fill_telemetry_partition(month_start date, most int) RETURNS int
LANGUAGE plpgsql
SET TimeZone = 'UTC'
SET DateStyle = 'ISO'
SET lock_timeout = '500ms'
AS $$
DECLARE
  partition_name text := 'telemetry_events_' || to_char(month_start, 'YYYY_MM');
  filling text := partition_name || '_filling';
  lower_bound timestamptz := month_start;
  upper_bound timestamptz := month_start + interval '1 month';
  waiting int;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('telemetry_partitions'));
  IF to_regclass(partition_name) IS NOT NULL THEN
    RETURN 0;
  END IF;
  IF to_regclass(filling) IS NULL THEN
    SELECT count(*) INTO waiting FROM (
      SELECT FROM telemetry_events_default WHERE recorded_at >= lower_bound AND recorded_at < upper_bound LIMIT most
    ) AS first_rows;
    IF waiting < most THEN
      RETURN 0;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE telemetry_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES,
      CONSTRAINT bounds CHECK (recorded_at >= %L AND recorded_at < %L))', filling, lower_bound, upper_bound);
    EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (appliance_id) REFERENCES appliances (id),
      ADD FOREIGN KEY (session_id) REFERENCES cooking_sessions (id)', filling);
  END IF;
  EXECUTE format(
    'INSERT INTO %1$I SELECT * FROM telemetry_events_default
     WHERE recorded_at >= %2$L AND recorded_at < %3$L AND id > coalesce((SELECT max(id) FROM %1$I), 0)
     ORDER BY id LIMIT %4$s', filling, lower_bound, upper_bound, most);
  GET DIAGNOSTICS waiting = ROW_COUNT;
  RETURN waiting;
END $$;
--> statement-breakpoint

-- As before, and where `fill_telemetry_partition` has prepared the month, only what came since is copied under the locks.
CREATE OR REPLACE FUNCTION ensure_telemetry_partition(month_start date) RETURNS boolean
LANGUAGE plpgsql
SET TimeZone = 'UTC'
SET DateStyle = 'ISO'
SET lock_timeout = '500ms'
AS $$
DECLARE
  partition_name text := 'telemetry_events_' || to_char(month_start, 'YYYY_MM');
  filling text := partition_name || '_filling';
  lower_bound timestamptz := month_start;
  upper_bound timestamptz := month_start + interval '1 month';
  has_others boolean;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('telemetry_partitions'));
  IF to_regclass(partition_name) IS NOT NULL THEN
    RETURN false;
  END IF;
  -- In the order of those who write events. The foreign keys of the new partition lock the first two anyway. The lock on the
  -- third keeps away who has planned with the partitions of before: a reader would look for the rows where they no longer
  -- are, and a writer would put one where it no longer may be. That on the default partition waits for rows that we could
  -- not see yet, and brings what other servers made meanwhile to our notice.
  LOCK TABLE appliances, cooking_sessions IN SHARE ROW EXCLUSIVE MODE;
  LOCK TABLE ONLY telemetry_events IN ACCESS EXCLUSIVE MODE;
  LOCK TABLE telemetry_events_default IN ACCESS EXCLUSIVE MODE;
  IF to_regclass(partition_name) IS NOT NULL THEN
    RETURN false;
  END IF;
  IF to_regclass(filling) IS NULL THEN
    EXECUTE format('CREATE TABLE %I (LIKE telemetry_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition_name);
    EXECUTE format(
      'WITH moved AS (DELETE FROM telemetry_events_default WHERE recorded_at >= %L AND recorded_at < %L RETURNING *)
       INSERT INTO %I SELECT * FROM moved', lower_bound, upper_bound, partition_name);
  ELSE
    -- An id that is lower than those that were copied may have been committed after them.
    EXECUTE format(
      'INSERT INTO %1$I SELECT * FROM telemetry_events_default d
       WHERE d.recorded_at >= %2$L AND d.recorded_at < %3$L
         AND NOT EXISTS (SELECT FROM %1$I f WHERE f.id = d.id AND f.recorded_at = d.recorded_at)',
      filling, lower_bound, upper_bound);
    SELECT EXISTS (
      SELECT FROM telemetry_events_default WHERE recorded_at < lower_bound OR recorded_at >= upper_bound
    ) INTO has_others;
    IF has_others THEN
      DELETE FROM telemetry_events_default WHERE recorded_at >= lower_bound AND recorded_at < upper_bound;
    ELSE
      TRUNCATE telemetry_events_default;
    END IF;
    EXECUTE format('ALTER TABLE %I RENAME TO %I', filling, partition_name);
  END IF;
  EXECUTE format('ALTER TABLE telemetry_events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
    partition_name, lower_bound, upper_bound);
  EXECUTE format('ALTER TABLE %I DROP CONSTRAINT IF EXISTS bounds', partition_name);
  RETURN true;
END $$;

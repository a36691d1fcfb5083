-- What Drizzle cannot say. `PARTITION BY` itself stands in the migration before this one, added by hand.

-- Rows outside every month land here, so that no event is ever lost for want of a partition. It stays empty while the
-- server keeps the months of its window in place.
CREATE TABLE telemetry_events_default PARTITION OF telemetry_events DEFAULT;
--> statement-breakpoint

-- Makes sure that the month (UTC) that begins on `month_start` has its partition; true when it had none. The new
-- partition clones the foreign keys of its parent, which locks the tables that they point to: it gives up after half a
-- second (55P03) rather than hold up whoever writes events, and the caller comes again. Safe to call from many servers.
CREATE FUNCTION ensure_telemetry_partition(month_start date) RETURNS boolean
LANGUAGE plpgsql
SET TimeZone = 'UTC'
SET DateStyle = 'ISO'
SET lock_timeout = '500ms'
AS $$
DECLARE
  partition_name text := 'telemetry_events_' || to_char(month_start, 'YYYY_MM');
  lower_bound timestamptz := month_start;
  upper_bound timestamptz := month_start + interval '1 month';
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('telemetry_partitions'));
  -- The default partition must give up its rows of the month before PostgreSQL takes the new one; the lock waits for
  -- writers whose rows we could not see yet, and brings what other servers made meanwhile to our notice.
  LOCK TABLE telemetry_events_default IN ACCESS EXCLUSIVE MODE;
  IF to_regclass(partition_name) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE telemetry_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition_name);
  EXECUTE format(
    'WITH moved AS (DELETE FROM telemetry_events_default WHERE recorded_at >= %L AND recorded_at < %L RETURNING *)
     INSERT INTO %I SELECT * FROM moved', lower_bound, upper_bound, partition_name);
  EXECUTE format('ALTER TABLE telemetry_events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
    partition_name, lower_bound, upper_bound);
  RETURN true;
END $$;
--> statement-breakpoint

-- A cook remembers its recipe's name and version as they were, whoever inserts it.
CREATE FUNCTION cooking_sessions_remember_recipe() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  SELECT coalesce(nullif(NEW.recipe_name, ''), r.name), coalesce(NEW.recipe_version, r.version)
    INTO NEW.recipe_name, NEW.recipe_version
    FROM recipes r WHERE r.id = NEW.recipe_id;
  NEW.recipe_name := coalesce(NEW.recipe_name, ''); -- an unknown recipe is the foreign key's to refuse
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER remember_recipe BEFORE INSERT ON cooking_sessions
  FOR EACH ROW EXECUTE FUNCTION cooking_sessions_remember_recipe();
--> statement-breakpoint

-- Every event updates the head of its session and its appliance: room on the page keeps these updates heap-only.
ALTER TABLE cooking_sessions SET (fillfactor = 70);
--> statement-breakpoint
ALTER TABLE appliances SET (fillfactor = 70);

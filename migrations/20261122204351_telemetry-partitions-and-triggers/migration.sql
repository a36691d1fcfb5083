-- What Drizzle cannot say. `PARTITION BY` itself stands in the migration before this one, added by hand.

-- Rows outside every month land here, so that no event is ever lost for want of a partition. It stays empty while the
-- server keeps the months of its window in place.
CREATE TABLE telemetry_events_default PARTITION OF telemetry_events DEFAULT;
--> statement-breakpoint

-- Makes sure that the months from `since` to `until` (UTC) have their partition, and returns the names of those that
-- it made. Safe to call from many servers at once: the lock lets them in one after the other.
CREATE FUNCTION ensure_telemetry_partitions(since timestamptz, until timestamptz) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
  month_start timestamp := date_trunc('month', since AT TIME ZONE 'UTC');
  partition_name text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('telemetry_partitions'));
  WHILE month_start AT TIME ZONE 'UTC' <= until LOOP
    partition_name := 'telemetry_events_' || to_char(month_start, 'YYYY_MM');
    IF to_regclass(partition_name) IS NULL THEN
      -- An attached default partition must give up its rows of the month first, or PostgreSQL refuses the new one.
      EXECUTE format(
        'CREATE TABLE %I (LIKE telemetry_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition_name);
      EXECUTE format(
        'WITH moved AS (DELETE FROM telemetry_events_default WHERE recorded_at >= %L AND recorded_at < %L RETURNING *)
         INSERT INTO %I SELECT * FROM moved',
        month_start AT TIME ZONE 'UTC', (month_start + interval '1 month') AT TIME ZONE 'UTC', partition_name);
      EXECUTE format(
        'ALTER TABLE telemetry_events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition_name,
        month_start AT TIME ZONE 'UTC', (month_start + interval '1 month') AT TIME ZONE 'UTC');
      RETURN NEXT partition_name;
    END IF;
    month_start := month_start + interval '1 month';
  END LOOP;
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

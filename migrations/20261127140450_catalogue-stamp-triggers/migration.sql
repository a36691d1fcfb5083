-- The last stamp that was given out, in microseconds since 1970. A sequence, because everybody sees it at once, whatever
-- their snapshot, it never goes back, and ten thousand stamps of one transaction leave no dead rows behind.
CREATE SEQUENCE recipe_stamps AS bigint;
--> statement-breakpoint

-- Lets one transaction at a time change the catalogue, until it ends. Only so do stamps become visible in their order.
CREATE FUNCTION lock_catalogue() RETURNS void
LANGUAGE sql AS $$ SELECT pg_advisory_xact_lock(hashtext('epicura_catalogue')) $$;
--> statement-breakpoint

-- A stamp later than every one before it: the time, or a microsecond after the last one where the clock has not moved on
-- or was set back.
CREATE FUNCTION next_recipe_stamp() RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
  stamp bigint;
BEGIN
  PERFORM lock_catalogue();
  SELECT greatest(last_value + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) INTO stamp
  FROM recipe_stamps;
  PERFORM setval('recipe_stamps', stamp);
  RETURN timestamptz 'epoch' + stamp * interval '1 microsecond';
END $$;
--> statement-breakpoint

-- `recipe_data` with what the columns say in the places of the same names: the three that the device reads always, the
-- others where they are there.
CREATE FUNCTION ruled_recipe_data(recipe recipes) RETURNS jsonb
LANGUAGE sql STABLE
RETURN CASE WHEN jsonb_typeof((recipe).recipe_data) = 'object' THEN
  (recipe).recipe_data
  || jsonb_build_object('name', (recipe).name, 'servings', (recipe).servings,
       'total_time_minutes', (recipe).time_minutes)
  || CASE WHEN (recipe).recipe_data ?| '{category,cuisine,tags,difficulty,time_minutes,calories,protein_g,carbs_g,fats_g,image_url,version}'
       THEN (SELECT coalesce(jsonb_object_agg(key, value), '{}')
             FROM jsonb_each(jsonb_build_object(
               'category', (recipe).category, 'cuisine', (recipe).cuisine, 'tags', (recipe).tags,
               'difficulty', (recipe).difficulty, 'time_minutes', (recipe).time_minutes,
               'calories', (recipe).calories, 'protein_g', (recipe).protein_g, 'carbs_g', (recipe).carbs_g,
               'fats_g', (recipe).fats_g, 'image_url', (recipe).image_url, 'version', (recipe).version)) AS columns
             WHERE (recipe).recipe_data ? key)
       ELSE '{}' END
  ELSE (recipe).recipe_data END;
--> statement-breakpoint

-- What is there gets stamps in the order of its last changes. No device has synced yet: only what is published now
-- concerns them.
INSERT INTO recipe_sync (complete_since) VALUES (next_recipe_stamp());
--> statement-breakpoint
UPDATE recipes AS r
SET updated_at = ordered.stamp,
    published_at = CASE WHEN is_published AND deleted_at IS NULL THEN ordered.stamp END,
    recipe_data = ruled_recipe_data(r)
FROM (SELECT id, next_recipe_stamp() AS stamp
      FROM (SELECT id FROM recipes ORDER BY updated_at, id) AS by_age) AS ordered
WHERE r.id = ordered.id;
--> statement-breakpoint

-- Before any row is locked: two editors who both change the rows that the other one has would wait for each other.
CREATE FUNCTION recipes_lock() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM lock_catalogue();
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER recipes_lock BEFORE INSERT OR UPDATE OR DELETE ON recipes
FOR EACH STATEMENT EXECUTE FUNCTION recipes_lock();
--> statement-breakpoint

-- What a row must be, whoever writes it. A statement that changes nothing leaves stamp and version alone; one that writes
-- `updated_at` itself asks for a new stamp. What may not be null is left null, for the table to refuse.
CREATE FUNCTION recipes_rule() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  was recipes;
  is_known boolean;
  is_edited boolean;
BEGIN
  IF TG_OP = 'INSERT' THEN
    DELETE FROM recipe_tombstones WHERE recipe_id = NEW.id;
    is_known := FOUND;
    NEW.recipe_data := ruled_recipe_data(NEW);
    IF NEW.updated_at IS NOT NULL THEN
      NEW.updated_at := next_recipe_stamp();
    END IF;
    NEW.published_at := CASE WHEN is_known OR (NEW.is_published AND NEW.deleted_at IS NULL) THEN NEW.updated_at END;
    RETURN NEW;
  END IF;

  IF NEW.id <> OLD.id THEN
    RAISE EXCEPTION 'the id of a recipe never changes' USING ERRCODE = 'restrict_violation',
      HINT = 'Devices know the recipe by its id: insert another one, and delete this one.';
  END IF;
  NEW.published_at := OLD.published_at;
  NEW.recipe_data := ruled_recipe_data(NEW);
  NEW.search_vector := NULL; -- generated columns are made after this
  NEW.ingredient_names := NULL;
  NEW.search_document := NULL;
  NEW.search_name := NULL;

  was := NEW; -- but for what cooks read
  was.name := OLD.name;
  was.category := OLD.category;
  was.cuisine := OLD.cuisine;
  was.recipe_data := OLD.recipe_data;
  was.tags := OLD.tags;
  was.difficulty := OLD.difficulty;
  was.time_minutes := OLD.time_minutes;
  was.servings := OLD.servings;
  was.calories := OLD.calories;
  was.protein_g := OLD.protein_g;
  was.carbs_g := OLD.carbs_g;
  was.fats_g := OLD.fats_g;
  was.image_url := OLD.image_url;
  is_edited := NEW IS DISTINCT FROM was;
  IF NEW.version IS NOT NULL THEN
    NEW.version := greatest(NEW.version, OLD.version + is_edited::int);
    IF NEW.recipe_data ? 'version' THEN
      NEW.recipe_data := ruled_recipe_data(NEW);
    END IF;
  END IF;

  was := OLD;
  was.search_vector := NULL;
  was.ingredient_names := NULL;
  was.search_document := NULL;
  was.search_name := NULL;
  IF NEW IS DISTINCT FROM was AND NEW.updated_at IS NOT NULL THEN
    NEW.updated_at := next_recipe_stamp();
  END IF;
  IF NEW.published_at IS NULL AND NEW.is_published AND NEW.deleted_at IS NULL THEN
    NEW.published_at := NEW.updated_at;
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER recipes_rule BEFORE INSERT OR UPDATE ON recipes
FOR EACH ROW EXECUTE FUNCTION recipes_rule();
--> statement-breakpoint

-- A person's change carries their id for the length of the transaction; one by hand has none.
CREATE FUNCTION recipe_editor() RETURNS uuid
LANGUAGE sql STABLE
RETURN nullif(current_setting('epicura.editor', true), '')::uuid;
--> statement-breakpoint

-- What the history tells of a recipe: the columns that somebody wrote, and of `recipe_data` what they do not say.
CREATE FUNCTION recipe_columns(recipe recipes) RETURNS jsonb
LANGUAGE sql STABLE
RETURN jsonb_build_object(
  'name', (recipe).name, 'category', (recipe).category, 'cuisine', (recipe).cuisine,
  'recipe_data', CASE WHEN jsonb_typeof((recipe).recipe_data) = 'object' THEN (recipe).recipe_data
    - '{name,servings,total_time_minutes,category,cuisine,tags,difficulty,time_minutes,calories,protein_g,carbs_g,fats_g,image_url,version}'::text[]
    ELSE (recipe).recipe_data END,
  'tags', (recipe).tags, 'difficulty', (recipe).difficulty, 'time_minutes', (recipe).time_minutes, 'servings', (recipe).servings, 'calories', (recipe).calories,
  'protein_g', (recipe).protein_g, 'carbs_g', (recipe).carbs_g, 'fats_g', (recipe).fats_g,
  'image_url', (recipe).image_url, 'version', (recipe).version, 'is_published', (recipe).is_published,
  'created_by', (recipe).created_by, 'deleted_at', (recipe).deleted_at);
--> statement-breakpoint

CREATE FUNCTION recipes_note_insert() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO recipe_edits (recipe_id, action, edited_at, edited_by, version, after)
  SELECT r.id, 'created', r.updated_at, coalesce(recipe_editor(), r.created_by), r.version, recipe_columns(r)
  FROM new_rows AS r;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER recipes_note_insert AFTER INSERT ON recipes
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION recipes_note_insert();
--> statement-breakpoint

CREATE FUNCTION recipes_note_update() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO recipe_edits (recipe_id, action, edited_at, edited_by, version, before, after)
  SELECT n.id,
         CASE WHEN o.deleted_at IS NULL AND n.deleted_at IS NOT NULL THEN 'deleted'
              WHEN o.deleted_at IS NOT NULL AND n.deleted_at IS NULL THEN 'restored'
              WHEN n.is_published AND NOT o.is_published THEN 'published'
              WHEN o.is_published AND NOT n.is_published THEN 'unpublished'
              ELSE 'edited' END,
         n.updated_at, recipe_editor(), n.version, changed.before, changed.after
  FROM new_rows AS n
  JOIN old_rows AS o ON o.id = n.id
  CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(key, was.value) AS before, jsonb_object_agg(key, is_now.value) AS after
    FROM jsonb_each(recipe_columns(o)) AS was JOIN jsonb_each(recipe_columns(n)) AS is_now USING (key)
    WHERE was.value <> is_now.value) AS changed
  WHERE n.updated_at <> o.updated_at AND changed.after IS NOT NULL;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER recipes_note_update AFTER UPDATE ON recipes
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION recipes_note_update();
--> statement-breakpoint

-- Deleting is soft. A row that is removed all the same leaves a tombstone where devices may hold the recipe.
CREATE FUNCTION recipes_bury() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  stamp timestamptz := next_recipe_stamp();
BEGIN
  IF EXISTS (SELECT FROM cooking_sessions WHERE recipe_id = OLD.id) THEN
    RAISE EXCEPTION 'recipe % was cooked, and its cooks point at it', OLD.id USING ERRCODE = 'foreign_key_violation',
      HINT = format('Delete it softly: UPDATE recipes SET deleted_at = now() WHERE id = %L', OLD.id);
  END IF;
  DELETE FROM recipe_stats WHERE recipe_id = OLD.id;
  IF OLD.published_at IS NOT NULL THEN
    INSERT INTO recipe_tombstones (recipe_id, removed_at) VALUES (OLD.id, stamp);
  END IF;
  INSERT INTO recipe_edits (recipe_id, action, edited_at, edited_by, version, before)
  VALUES (OLD.id, 'deleted', stamp, recipe_editor(), OLD.version, recipe_columns(OLD));
  RETURN OLD;
END $$;
--> statement-breakpoint
CREATE TRIGGER recipes_bury BEFORE DELETE ON recipes
FOR EACH ROW EXECUTE FUNCTION recipes_bury();
--> statement-breakpoint

CREATE FUNCTION recipes_refuse_truncate() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'recipes must not be truncated: devices would never hear of it'
    USING ERRCODE = 'restrict_violation', HINT = 'UPDATE recipes SET deleted_at = now()';
END $$;
--> statement-breakpoint
CREATE TRIGGER recipes_refuse_truncate BEFORE TRUNCATE ON recipes
FOR EACH STATEMENT EXECUTE FUNCTION recipes_refuse_truncate();
--> statement-breakpoint

-- Lets every device start over at its next sync: after a restore from a backup, when devices know changes that the
-- database has lost. All that is published gets a new stamp, so that a copy that is made page by page stays after the
-- new beginning.
CREATE FUNCTION restart_recipe_sync() RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
  beginning timestamptz := next_recipe_stamp();
BEGIN
  UPDATE recipe_sync SET complete_since = beginning;
  DELETE FROM recipe_tombstones;
  UPDATE recipes SET updated_at = beginning WHERE is_published AND deleted_at IS NULL;
  RETURN beginning;
END $$;

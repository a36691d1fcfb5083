-- The ids of the recipes that a search finds: by whole words and beginnings of words (`words`), and by names that sound
-- like it (`search`, in lower case without accents), which catches a slip of the finger.
CREATE FUNCTION search_recipe_ids(search text, words tsquery) RETURNS SETOF uuid
LANGUAGE sql STABLE PARALLEL SAFE ROWS 50
SET pg_trgm.word_similarity_threshold = 0.45
BEGIN ATOMIC
  SELECT id FROM recipes WHERE search_document @@ words
  UNION
  SELECT id FROM recipes WHERE search <% search_name;
END;
--> statement-breakpoint

-- Adds up what the cooks of a recipe come to, by the difference that a row makes.
CREATE FUNCTION recipe_stats_count() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  sign int;
  cook cooking_sessions;
BEGIN
  FOREACH sign IN ARRAY CASE TG_OP WHEN 'INSERT' THEN '{1}'::int[] WHEN 'DELETE' THEN '{-1}' ELSE '{-1,1}' END LOOP
    IF sign = 1 THEN cook := NEW; ELSE cook := OLD; END IF;
    INSERT INTO recipe_stats AS s
      (recipe_id, cook_count, ended_count, completed_count, duration_seconds, rating_count, rating_sum)
    VALUES (
      cook.recipe_id,
      sign,
      sign * (cook.status IN ('completed', 'aborted', 'error'))::int,
      sign * (cook.status = 'completed')::int,
      sign * CASE WHEN cook.status = 'completed' THEN coalesce(cook.total_duration_s, 0) ELSE 0 END,
      sign * (cook.user_rating IS NOT NULL)::int,
      sign * coalesce(cook.user_rating, 0))
    ON CONFLICT (recipe_id) DO UPDATE SET
      cook_count = s.cook_count + excluded.cook_count,
      ended_count = s.ended_count + excluded.ended_count,
      completed_count = s.completed_count + excluded.completed_count,
      duration_seconds = s.duration_seconds + excluded.duration_seconds,
      rating_count = s.rating_count + excluded.rating_count,
      rating_sum = s.rating_sum + excluded.rating_sum;
  END LOOP;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER count_recipe_stats AFTER INSERT OR DELETE ON cooking_sessions
  FOR EACH ROW EXECUTE FUNCTION recipe_stats_count();
--> statement-breakpoint
-- The journal updates a session with every event; only what counts here may cost anything.
CREATE TRIGGER recount_recipe_stats AFTER UPDATE ON cooking_sessions
  FOR EACH ROW
  WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.user_rating IS DISTINCT FROM NEW.user_rating
        OR OLD.recipe_id IS DISTINCT FROM NEW.recipe_id
        OR OLD.total_duration_s IS DISTINCT FROM NEW.total_duration_s)
  EXECUTE FUNCTION recipe_stats_count();
--> statement-breakpoint
INSERT INTO recipe_stats (recipe_id, cook_count, ended_count, completed_count, duration_seconds, rating_count, rating_sum)
SELECT recipe_id, count(*), count(*) FILTER (WHERE status IN ('completed', 'aborted', 'error')),
       count(*) FILTER (WHERE status = 'completed'),
       coalesce(sum(total_duration_s) FILTER (WHERE status = 'completed'), 0),
       count(user_rating), coalesce(sum(user_rating), 0)
FROM cooking_sessions GROUP BY recipe_id;

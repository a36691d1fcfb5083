-- The ids of the recipes that a search finds: by whole words and beginnings of words (`words`), or by names that sound
-- like it (`search`, in lower case without accents), which catches a slip of the finger. Both indexes are combined before
-- a row is looked at. In PL/pgSQL, which keeps the plan: a function in SQL is planned at every call.
CREATE OR REPLACE FUNCTION search_recipe_ids(search text, words tsquery) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 50
SET pg_trgm.word_similarity_threshold = 0.45
AS $$ BEGIN
  RETURN QUERY SELECT id FROM recipes WHERE search_document @@ words OR search <% search_name;
END $$;

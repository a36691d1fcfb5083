-- Both are trusted extensions: the owner of the database may create them.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
--> statement-breakpoint
CREATE EXTENSION IF NOT EXISTS unaccent;
--> statement-breakpoint

-- `unaccent` is only stable, because its dictionary could be edited; generated columns and indexes need immutable. Ours
-- is the one that comes with the extension.
CREATE FUNCTION immutable_unaccent(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN public.unaccent('public.unaccent'::regdictionary, value);
--> statement-breakpoint

CREATE FUNCTION recipe_ingredient_names(recipe_data jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT coalesce(array_agg(DISTINCT lower(i ->> 'name') ORDER BY lower(i ->> 'name')), '{}')
        FROM jsonb_path_query(recipe_data, '$.stages[*].ingredients[*]') AS i
        WHERE jsonb_typeof(i -> 'name') = 'string');
--> statement-breakpoint

CREATE FUNCTION recipe_search_document(name text, category text, cuisine text, tags text[], recipe_data jsonb)
RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN setweight(to_tsvector('english', immutable_unaccent(coalesce(name, ''))), 'A')
    || setweight(to_tsvector('english', immutable_unaccent(concat_ws(' ', cuisine, category,
         array_to_string(tags, ' ')))), 'B')
    || setweight(to_tsvector('english', immutable_unaccent(replace(
         array_to_string(recipe_ingredient_names(recipe_data), ' '), '_', ' '))), 'C');

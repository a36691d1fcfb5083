-- What is written to a recipe goes into these indexes at once. In a list of pending entries, the default, every search would
-- read it too: a thousand edits doubled the time of one.
ALTER INDEX "idx_recipes_ingredients" SET (fastupdate = false);--> statement-breakpoint
ALTER INDEX "idx_recipes_search" SET (fastupdate = false);--> statement-breakpoint
ALTER INDEX "idx_recipes_search_name" SET (fastupdate = false);--> statement-breakpoint
SELECT gin_clean_pending_list(index) FROM unnest(ARRAY['idx_recipes_ingredients', 'idx_recipes_search', 'idx_recipes_search_name']::regclass[]) AS index;

CREATE TABLE "recipe_stats" (
	"recipe_id" uuid PRIMARY KEY,
	"cook_count" integer DEFAULT 0 NOT NULL,
	"ended_count" integer DEFAULT 0 NOT NULL,
	"completed_count" integer DEFAULT 0 NOT NULL,
	"duration_seconds" bigint DEFAULT 0 NOT NULL,
	"rating_count" integer DEFAULT 0 NOT NULL,
	"rating_sum" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "recipes" ADD COLUMN "ingredient_names" text[] GENERATED ALWAYS AS (recipe_ingredient_names(recipe_data)) STORED;--> statement-breakpoint
ALTER TABLE "recipes" ADD COLUMN "search_document" tsvector GENERATED ALWAYS AS (recipe_search_document(name, category, cuisine, tags, recipe_data)) STORED;--> statement-breakpoint
ALTER TABLE "recipes" ADD COLUMN "search_name" text GENERATED ALWAYS AS (lower(immutable_unaccent(name))) STORED;--> statement-breakpoint
CREATE INDEX "idx_recipes_ingredients" ON "recipes" USING gin ("ingredient_names");--> statement-breakpoint
CREATE INDEX "idx_recipes_search" ON "recipes" USING gin ("search_document");--> statement-breakpoint
CREATE INDEX "idx_recipes_search_name" ON "recipes" USING gin ("search_name" gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "idx_recipes_time" ON "recipes" ("time_minutes","id") WHERE "is_published" and "deleted_at" is null;--> statement-breakpoint
CREATE INDEX "idx_recipes_created" ON "recipes" ("created_at","id") WHERE "is_published" and "deleted_at" is null;--> statement-breakpoint
ALTER TABLE "recipe_stats" ADD CONSTRAINT "recipe_stats_recipe_id_recipes_id_fkey" FOREIGN KEY ("recipe_id") REFERENCES "recipes"("id");
CREATE TABLE "recipe_edits" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"recipe_id" uuid NOT NULL,
	"action" varchar(20) NOT NULL,
	"edited_at" timestamp with time zone NOT NULL,
	"edited_by" uuid,
	"version" integer NOT NULL,
	"before" jsonb,
	"after" jsonb,
	CONSTRAINT "recipe_edits_action_known" CHECK ("action" in ('created', 'edited', 'published', 'unpublished', 'deleted', 'restored'))
);
--> statement-breakpoint
CREATE TABLE "recipe_sync" (
	"id" smallint PRIMARY KEY DEFAULT 1,
	"complete_since" timestamp with time zone NOT NULL,
	CONSTRAINT "recipe_sync_one_row" CHECK ("id" = 1)
);
--> statement-breakpoint
CREATE TABLE "recipe_tombstones" (
	"recipe_id" uuid PRIMARY KEY,
	"removed_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "recipes" ADD COLUMN "published_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "idx_recipe_edits_recipe" ON "recipe_edits" ("recipe_id","edited_at" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "idx_recipe_edits_edited" ON "recipe_edits" ("edited_at" DESC,"id" DESC);--> statement-breakpoint
CREATE UNIQUE INDEX "idx_recipe_tombstones_stamp" ON "recipe_tombstones" ("removed_at");--> statement-breakpoint
CREATE UNIQUE INDEX "idx_recipes_stamp" ON "recipes" ("updated_at") WHERE "published_at" is not null;--> statement-breakpoint
ALTER TABLE "recipe_edits" ADD CONSTRAINT "recipe_edits_edited_by_users_id_fkey" FOREIGN KEY ("edited_by") REFERENCES "users"("id");--> statement-breakpoint
-- Nobody could ever cook a recipe without a stage.
UPDATE "recipes" SET "deleted_at" = now()
WHERE "deleted_at" IS NULL AND coalesce(jsonb_typeof("recipe_data" -> 'stages' -> 0), '') <> 'object';--> statement-breakpoint
ALTER TABLE "recipes" ADD CONSTRAINT "recipes_has_stage" CHECK ("deleted_at" is not null or coalesce(jsonb_typeof("recipe_data" -> 'stages' -> 0), '') = 'object');
CREATE INDEX "idx_appliances_firmware_cm5" ON "appliances" ("firmware_version_cm5") WHERE "unpaired_at" is null;--> statement-breakpoint
CREATE INDEX "idx_appliances_firmware_stm32" ON "appliances" ("firmware_version_stm32") WHERE "unpaired_at" is null;--> statement-breakpoint
CREATE INDEX "idx_sessions_analytics" ON "cooking_sessions" ("started_at","status","recipe_id","user_rating","total_duration_s");--> statement-breakpoint
CREATE INDEX "idx_users_created" ON "users" ("created_at");
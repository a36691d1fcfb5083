CREATE INDEX "idx_appliances_paired" ON "appliances" ("paired_at" DESC,"id" DESC) WHERE "unpaired_at" is null;--> statement-breakpoint
CREATE INDEX "idx_appliances_status" ON "appliances" ("status","paired_at" DESC,"id" DESC) WHERE "unpaired_at" is null;--> statement-breakpoint
CREATE INDEX "idx_appliances_search" ON "appliances" USING gin (lower("device_id") gin_trgm_ops,lower("serial_number") gin_trgm_ops,lower("name") gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "idx_users_search" ON "users" USING gin ("email" gin_trgm_ops,lower("name") gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "idx_users_administrators" ON "users" ("id") WHERE "role" = 'admin' and "is_active";
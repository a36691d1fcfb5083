CREATE TABLE "appliances" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"user_id" uuid NOT NULL,
	"device_id" varchar(50) NOT NULL,
	"serial_number" varchar(50) NOT NULL UNIQUE,
	"name" varchar(100) DEFAULT 'My Epicura',
	"firmware_version_cm5" varchar(20),
	"firmware_version_stm32" varchar(20),
	"wifi_mac" varchar(17),
	"pairing_code" varchar(6),
	"status" varchar(20) DEFAULT 'offline',
	"last_seen_at" timestamp with time zone,
	"paired_at" timestamp with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"unpaired_at" timestamp with time zone,
	"reported_at" timestamp with time zone,
	"reported_sequence" integer,
	CONSTRAINT "appliances_status_known" CHECK ("status" in ('online', 'offline', 'cooking', 'error'))
);
--> statement-breakpoint
CREATE TABLE "cooking_sessions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"user_id" uuid NOT NULL,
	"appliance_id" uuid NOT NULL,
	"recipe_id" uuid NOT NULL,
	"status" varchar(20) DEFAULT 'started' NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"completed_at" timestamp with time zone,
	"stages_log" jsonb,
	"customizations" jsonb,
	"peak_temperature" real,
	"total_duration_s" integer,
	"user_rating" integer,
	"notes" text,
	"recipe_name" varchar(200) DEFAULT '' NOT NULL,
	"recipe_version" integer,
	"last_sequence" integer DEFAULT 0 NOT NULL,
	"first_recorded_at" timestamp with time zone,
	"last_recorded_at" timestamp with time zone,
	"last_received_at" timestamp with time zone,
	"end_recorded_at" timestamp with time zone,
	"progress" jsonb,
	CONSTRAINT "cooking_sessions_status_known" CHECK ("status" in ('started', 'cooking', 'paused', 'completed', 'aborted', 'error')),
	CONSTRAINT "cooking_sessions_user_rating" CHECK ("user_rating" between 1 and 5)
);
--> statement-breakpoint
CREATE TABLE "device_registrations" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"device_id" varchar(50) NOT NULL UNIQUE,
	"serial_number" varchar(50) NOT NULL UNIQUE,
	"secret_hash" bytea,
	"token_hash" bytea,
	"pairing_code" varchar(6),
	"pairing_code_expires_at" timestamp with time zone,
	"firmware_version_cm5" varchar(20),
	"firmware_version_stm32" varchar(20),
	"wifi_mac" varchar(17),
	"appliance_id" uuid UNIQUE,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "firmware_releases" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"target" varchar(10) NOT NULL,
	"version" varchar(20) NOT NULL,
	"channel" varchar(20) DEFAULT 'stable' NOT NULL,
	"binary_url" text NOT NULL,
	"checksum_sha256" varchar(64) NOT NULL,
	"file_size_bytes" integer NOT NULL,
	"release_notes" text,
	"is_mandatory" boolean DEFAULT false NOT NULL,
	"min_version" varchar(20),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "firmware_releases_target_known" CHECK ("target" in ('cm5', 'stm32')),
	CONSTRAINT "firmware_releases_channel_known" CHECK ("channel" in ('stable', 'beta', 'alpha'))
);
--> statement-breakpoint
CREATE TABLE "push_tokens" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"user_id" uuid NOT NULL,
	"platform" varchar(10) NOT NULL,
	"token" text NOT NULL UNIQUE,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "push_tokens_platform_known" CHECK ("platform" in ('ios', 'android'))
);
--> statement-breakpoint
CREATE TABLE "recipes" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"name" varchar(200) NOT NULL,
	"category" varchar(50) NOT NULL,
	"cuisine" varchar(50) DEFAULT 'indian',
	"recipe_data" jsonb NOT NULL,
	"tags" text[] DEFAULT '{}'::text[],
	"difficulty" varchar(10) NOT NULL,
	"time_minutes" integer NOT NULL,
	"servings" integer DEFAULT 4 NOT NULL,
	"calories" real,
	"protein_g" real,
	"carbs_g" real,
	"fats_g" real,
	"image_url" text,
	"version" integer DEFAULT 1 NOT NULL,
	"is_published" boolean DEFAULT false NOT NULL,
	"created_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"search_vector" tsvector GENERATED ALWAYS AS (to_tsvector('english', coalesce(name, '') || ' ' || coalesce(category, '') || ' ' || coalesce(cuisine, ''))) STORED,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "recipes_difficulty_known" CHECK ("difficulty" in ('easy', 'medium', 'hard'))
);
--> statement-breakpoint
CREATE TABLE "refresh_tokens" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"user_id" uuid NOT NULL,
	"family_id" uuid NOT NULL,
	"token_hash" bytea NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "telemetry_events" (
	"id" bigserial,
	"appliance_id" uuid NOT NULL,
	"session_id" uuid,
	"event_type" varchar(50) NOT NULL,
	"payload" jsonb NOT NULL,
	"recorded_at" timestamp with time zone DEFAULT now(),
	"sequence" integer,
	"device_sequence" integer,
	"received_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"clock_offset_ms" bigint,
	CONSTRAINT "telemetry_events_pkey" PRIMARY KEY("id","recorded_at"),
	CONSTRAINT "telemetry_events_type_known" CHECK ("event_type" in ('temperature', 'status', 'stage_change', 'alert', 'heartbeat'))
) PARTITION BY RANGE ("recorded_at");
--> statement-breakpoint
CREATE TABLE "user_preferences" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"user_id" uuid NOT NULL UNIQUE,
	"language" varchar(10) DEFAULT 'en_IN',
	"spice_level" integer DEFAULT 3,
	"salt_level" integer DEFAULT 3,
	"oil_level" integer DEFAULT 3,
	"diet" varchar(20) DEFAULT 'no_restrictions',
	"cuisines" text[] DEFAULT '{indian,italian,thai,mexican}'::text[],
	"default_servings" integer DEFAULT 2,
	"allergens" text[] DEFAULT '{}'::text[],
	"theme" varchar(10) DEFAULT 'light',
	"notifications_enabled" boolean DEFAULT true,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_preferences_spice_level" CHECK ("spice_level" between 1 and 5),
	CONSTRAINT "user_preferences_salt_level" CHECK ("salt_level" between 1 and 5),
	CONSTRAINT "user_preferences_oil_level" CHECK ("oil_level" between 1 and 5),
	CONSTRAINT "user_preferences_default_servings" CHECK ("default_servings" between 1 and 4),
	CONSTRAINT "user_preferences_diet_known" CHECK ("diet" in ('vegetarian', 'vegan', 'pescatarian', 'no_restrictions')),
	CONSTRAINT "user_preferences_theme_known" CHECK ("theme" in ('light', 'dark'))
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"email" varchar(255) NOT NULL,
	"password_hash" varchar(255) NOT NULL,
	"name" varchar(100) NOT NULL,
	"role" varchar(20) DEFAULT 'user' NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_email_lower_case" CHECK ("email" = lower("email")),
	CONSTRAINT "users_role_known" CHECK ("role" in ('user', 'admin'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX "idx_appliances_device_id" ON "appliances" ("device_id");--> statement-breakpoint
CREATE INDEX "idx_appliances_user" ON "appliances" ("user_id");--> statement-breakpoint
CREATE INDEX "idx_appliances_user_paired" ON "appliances" ("user_id","paired_at" DESC,"id" DESC) WHERE "unpaired_at" is null;--> statement-breakpoint
CREATE INDEX "idx_sessions_user" ON "cooking_sessions" ("user_id");--> statement-breakpoint
CREATE INDEX "idx_sessions_appliance" ON "cooking_sessions" ("appliance_id");--> statement-breakpoint
CREATE INDEX "idx_sessions_started" ON "cooking_sessions" ("started_at" DESC);--> statement-breakpoint
CREATE INDEX "idx_sessions_user_started" ON "cooking_sessions" ("user_id","started_at" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "idx_sessions_appliance_started" ON "cooking_sessions" ("appliance_id","started_at" DESC,"id" DESC);--> statement-breakpoint
CREATE INDEX "idx_sessions_recipe" ON "cooking_sessions" ("recipe_id");--> statement-breakpoint
CREATE INDEX "idx_sessions_running" ON "cooking_sessions" ("appliance_id","started_at" DESC) WHERE "status" in ('started', 'cooking', 'paused');--> statement-breakpoint
CREATE UNIQUE INDEX "idx_device_registrations_token" ON "device_registrations" ("token_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "idx_device_registrations_code" ON "device_registrations" ("pairing_code");--> statement-breakpoint
CREATE INDEX "idx_device_registrations_code_expiry" ON "device_registrations" ("pairing_code_expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "idx_firmware_target_version" ON "firmware_releases" ("target","version");--> statement-breakpoint
CREATE INDEX "idx_firmware_channel" ON "firmware_releases" ("target","channel","created_at" DESC);--> statement-breakpoint
CREATE INDEX "idx_push_tokens_user" ON "push_tokens" ("user_id");--> statement-breakpoint
CREATE INDEX "idx_recipes_category" ON "recipes" ("category");--> statement-breakpoint
CREATE INDEX "idx_recipes_cuisine" ON "recipes" ("cuisine");--> statement-breakpoint
CREATE INDEX "idx_recipes_published" ON "recipes" ("is_published") WHERE "is_published" = true;--> statement-breakpoint
CREATE INDEX "idx_recipes_data" ON "recipes" USING gin ("recipe_data" jsonb_path_ops);--> statement-breakpoint
CREATE INDEX "idx_recipes_tags" ON "recipes" USING gin ("tags");--> statement-breakpoint
CREATE INDEX "idx_recipes_fts" ON "recipes" USING gin ("search_vector");--> statement-breakpoint
CREATE INDEX "idx_recipes_name" ON "recipes" ("name","id") WHERE "is_published" and "deleted_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "idx_refresh_tokens_hash" ON "refresh_tokens" ("token_hash");--> statement-breakpoint
CREATE INDEX "idx_refresh_tokens_user" ON "refresh_tokens" ("user_id");--> statement-breakpoint
CREATE INDEX "idx_refresh_tokens_family" ON "refresh_tokens" ("family_id");--> statement-breakpoint
CREATE INDEX "idx_telemetry_appliance_time" ON "telemetry_events" ("appliance_id","recorded_at" DESC);--> statement-breakpoint
CREATE INDEX "idx_telemetry_session" ON "telemetry_events" ("session_id") WHERE "session_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_telemetry_payload" ON "telemetry_events" USING gin ("payload" jsonb_path_ops);--> statement-breakpoint
CREATE UNIQUE INDEX "idx_telemetry_event_key" ON "telemetry_events" ("appliance_id","device_sequence","recorded_at") WHERE "device_sequence" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "idx_telemetry_session_sequence" ON "telemetry_events" ("session_id","sequence","recorded_at") WHERE "sequence" is not null;--> statement-breakpoint
CREATE INDEX "idx_telemetry_session_transitions" ON "telemetry_events" ("session_id","recorded_at") WHERE "event_type" in ('status', 'stage_change', 'alert');--> statement-breakpoint
CREATE INDEX "idx_prefs_allergens" ON "user_preferences" USING gin ("allergens");--> statement-breakpoint
CREATE INDEX "idx_prefs_cuisines" ON "user_preferences" USING gin ("cuisines");--> statement-breakpoint
CREATE UNIQUE INDEX "idx_users_email" ON "users" ("email");--> statement-breakpoint
ALTER TABLE "appliances" ADD CONSTRAINT "appliances_user_id_users_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id");--> statement-breakpoint
ALTER TABLE "cooking_sessions" ADD CONSTRAINT "cooking_sessions_user_id_users_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id");--> statement-breakpoint
ALTER TABLE "cooking_sessions" ADD CONSTRAINT "cooking_sessions_appliance_id_appliances_id_fkey" FOREIGN KEY ("appliance_id") REFERENCES "appliances"("id");--> statement-breakpoint
ALTER TABLE "cooking_sessions" ADD CONSTRAINT "cooking_sessions_recipe_id_recipes_id_fkey" FOREIGN KEY ("recipe_id") REFERENCES "recipes"("id");--> statement-breakpoint
ALTER TABLE "device_registrations" ADD CONSTRAINT "device_registrations_appliance_id_appliances_id_fkey" FOREIGN KEY ("appliance_id") REFERENCES "appliances"("id");--> statement-breakpoint
ALTER TABLE "push_tokens" ADD CONSTRAINT "push_tokens_user_id_users_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id");--> statement-breakpoint
ALTER TABLE "recipes" ADD CONSTRAINT "recipes_created_by_users_id_fkey" FOREIGN KEY ("created_by") REFERENCES "users"("id");--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD CONSTRAINT "refresh_tokens_user_id_users_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id");--> statement-breakpoint
ALTER TABLE "telemetry_events" ADD CONSTRAINT "telemetry_events_appliance_id_appliances_id_fkey" FOREIGN KEY ("appliance_id") REFERENCES "appliances"("id");--> statement-breakpoint
ALTER TABLE "telemetry_events" ADD CONSTRAINT "telemetry_events_session_id_cooking_sessions_id_fkey" FOREIGN KEY ("session_id") REFERENCES "cooking_sessions"("id");--> statement-breakpoint
ALTER TABLE "user_preferences" ADD CONSTRAINT "user_preferences_user_id_users_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id");
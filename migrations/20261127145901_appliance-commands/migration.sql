CREATE TABLE "appliance_commands" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"appliance_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"session_id" uuid,
	"kind" varchar(20) NOT NULL,
	"state" varchar(20) DEFAULT 'pending' NOT NULL,
	"payload" jsonb,
	"message" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"claimed_until" timestamp with time zone,
	"settled_at" timestamp with time zone,
	CONSTRAINT "appliance_commands_kind_known" CHECK ("kind" in ('cook', 'pause', 'resume', 'stop', 'recipe_sync', 'ota')),
	CONSTRAINT "appliance_commands_state_known" CHECK ("state" in ('pending', 'delivered', 'acknowledged', 'rejected', 'expired')),
	CONSTRAINT "appliance_commands_names_cook" CHECK ("kind" not in ('cook', 'pause', 'resume') or "session_id" is not null),
	CONSTRAINT "appliance_commands_payload_given" CHECK (("kind" in ('cook', 'ota')) = ("payload" is not null)),
	CONSTRAINT "appliance_commands_expire" CHECK ("expires_at" > "created_at")
);
--> statement-breakpoint
ALTER TABLE "appliances" ADD COLUMN "connection_id" uuid;--> statement-breakpoint
ALTER TABLE "cooking_sessions" ADD COLUMN "announced_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
CREATE INDEX "idx_appliance_commands_open" ON "appliance_commands" ("appliance_id","created_at") WHERE "state" in ('pending', 'delivered');--> statement-breakpoint
CREATE INDEX "idx_appliance_commands_expiry" ON "appliance_commands" ("expires_at") WHERE "state" in ('pending', 'delivered');--> statement-breakpoint
CREATE INDEX "idx_appliance_commands_unsettled" ON "appliance_commands" ("updated_at") WHERE "kind" = 'cook' and "state" in ('rejected', 'expired') and "settled_at" is null;--> statement-breakpoint
CREATE INDEX "idx_appliance_commands_session" ON "appliance_commands" ("session_id","created_at") WHERE "session_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_appliances_reachable" ON "appliances" ("id") WHERE "status" <> 'offline';--> statement-breakpoint
ALTER TABLE "appliance_commands" ADD CONSTRAINT "appliance_commands_appliance_id_appliances_id_fkey" FOREIGN KEY ("appliance_id") REFERENCES "appliances"("id");--> statement-breakpoint
ALTER TABLE "appliance_commands" ADD CONSTRAINT "appliance_commands_user_id_users_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id");--> statement-breakpoint
ALTER TABLE "appliance_commands" ADD CONSTRAINT "appliance_commands_session_id_cooking_sessions_id_fkey" FOREIGN KEY ("session_id") REFERENCES "cooking_sessions"("id");
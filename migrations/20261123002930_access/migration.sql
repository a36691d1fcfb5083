CREATE TABLE "revocations" (
	"id" bigserial PRIMARY KEY,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"user_id" uuid,
	"auth_version" integer,
	"family_id" uuid,
	"registration_id" uuid
);
--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD COLUMN "successor_of" uuid;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "auth_version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "idx_refresh_tokens_successor" ON "refresh_tokens" ("successor_of");--> statement-breakpoint
CREATE INDEX "idx_refresh_tokens_expiry" ON "refresh_tokens" ("expires_at");--> statement-breakpoint
CREATE INDEX "idx_revocations_created" ON "revocations" ("created_at");--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD CONSTRAINT "refresh_tokens_successor_of_refresh_tokens_id_fkey" FOREIGN KEY ("successor_of") REFERENCES "refresh_tokens"("id") ON DELETE SET NULL;--> statement-breakpoint

-- A person's role, activity and password are part of what their tokens say: a change voids all of them.
CREATE FUNCTION users_void_tokens() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.role, NEW.is_active, NEW.password_hash) IS DISTINCT FROM (OLD.role, OLD.is_active, OLD.password_hash) THEN
    NEW.auth_version := greatest(NEW.auth_version, OLD.auth_version + 1);
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER users_void_tokens BEFORE UPDATE ON users
FOR EACH ROW EXECUTE FUNCTION users_void_tokens();
--> statement-breakpoint

-- Tells every instance; a new password or the end of an account also ends the sign-ins that could be renewed.
CREATE FUNCTION users_revoke() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO revocations (user_id, auth_version) VALUES (NEW.id, NEW.auth_version);
  IF NOT NEW.is_active OR NEW.password_hash <> OLD.password_hash THEN
    UPDATE refresh_tokens SET revoked_at = now() WHERE user_id = NEW.id AND revoked_at IS NULL;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER users_revoke AFTER UPDATE ON users
FOR EACH ROW WHEN (OLD.auth_version IS DISTINCT FROM NEW.auth_version) EXECUTE FUNCTION users_revoke();
--> statement-breakpoint

-- An appliance that changes hands, and a device that gets another token: its open connections are not what they were.
CREATE FUNCTION appliances_revoke() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO revocations (registration_id) SELECT id FROM device_registrations WHERE appliance_id = NEW.id;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER appliances_revoke AFTER UPDATE OF user_id, unpaired_at ON appliances
FOR EACH ROW WHEN ((OLD.user_id, OLD.unpaired_at) IS DISTINCT FROM (NEW.user_id, NEW.unpaired_at))
EXECUTE FUNCTION appliances_revoke();
--> statement-breakpoint
CREATE FUNCTION device_registrations_revoke() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO revocations (registration_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER device_registrations_revoke AFTER UPDATE OF token_hash, appliance_id ON device_registrations
FOR EACH ROW WHEN ((OLD.token_hash, OLD.appliance_id) IS DISTINCT FROM (NEW.token_hash, NEW.appliance_id))
EXECUTE FUNCTION device_registrations_revoke();

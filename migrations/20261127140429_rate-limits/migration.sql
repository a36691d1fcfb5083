-- What a crash forgets is a minute's worth of counts.
CREATE UNLOGGED TABLE "rate_limits" (
	"key" varchar(255) PRIMARY KEY,
	"points" integer DEFAULT 0 NOT NULL,
	"expire" bigint
);
--> statement-breakpoint
CREATE INDEX "idx_rate_limits_expire" ON "rate_limits" ("expire");
-- The text by which semantic versions sort, compared by bytes (COLLATE "C"): the three numbers; then a tilde for a release,
-- or each identifier of a pre-release with a space behind it, numbers before words. Null for what is no semantic version.
CREATE FUNCTION semver_key(version text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE WHEN version ~ '^\d+\.\d+\.\d+(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z.-]+)?$' THEN
    (SELECT string_agg(lpad(n, 20, '0'), '.' ORDER BY place)
     FROM unnest(string_to_array(substring(version FROM '^[0-9.]+'), '.')) WITH ORDINALITY AS core(n, place))
    || coalesce(
      (SELECT string_agg(CASE WHEN id ~ '^\d+$' THEN '0' || lpad(id, 20, '0') ELSE '1' || id END || ' ', '' ORDER BY place)
       FROM unnest(string_to_array(substring(version FROM '^[^+-]*-([^+]*)'), '.')) WITH ORDINALITY AS pre(id, place)),
      '~')
  END;
END;
--> statement-breakpoint
ALTER TABLE "firmware_releases" ADD COLUMN "version_key" text COLLATE "C" GENERATED ALWAYS AS (semver_key(version)) STORED;--> statement-breakpoint
ALTER TABLE "firmware_releases" ADD COLUMN "min_version_key" text COLLATE "C" GENERATED ALWAYS AS (semver_key(min_version)) STORED;--> statement-breakpoint
CREATE INDEX "idx_firmware_version_key" ON "firmware_releases" ("target","version_key" DESC,"id" DESC);--> statement-breakpoint
ALTER TABLE "firmware_releases" ADD CONSTRAINT "firmware_releases_min_version" CHECK ("min_version_key" < "version_key");

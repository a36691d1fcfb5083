-- `trouble` also tells whose an appliance is, since when, and whose a session is: what a device records in one home is no
-- part of a cook in another. The previous release passes over it.
DO $do$
DECLARE
  definition text := pg_get_functiondef('journal_append_v1(jsonb, boolean, int)'::regprocedure);
  of_appliance text := $sql$'reportedAt', a.reported_at,$sql$;
  of_session text := $sql$'applianceId', s.appliance_id,$sql$;
BEGIN
  IF strpos(definition, of_appliance) = 0 OR strpos(definition, of_session) = 0 THEN
    RAISE EXCEPTION 'journal_append_v1 is not as this migration expects it';
  END IF;
  definition := replace(definition, of_appliance,
                        $sql$'userId', a.user_id, 'pairedAt', a.paired_at, $sql$ || of_appliance);
  definition := replace(definition, of_session, of_session || $sql$ 'userId', s.user_id,$sql$);
  EXECUTE definition;
END $do$;

/**
 * The schema document, typed out by hand as PostgreSQL would say it, and the list of what was added to it. Never dumped
 * from a database: a migration that drifts from the document must find nothing here that drifts along.
 */

export interface DocumentedTable {
  /** In the document's order: name, `format_type`, NOT NULL, and the default as `pg_get_expr` prints it. */
  columns: readonly string[];
  primaryKey: string;
  /** Columns that have exactly one unique index, and the name of the index where the document gives one. */
  unique: Readonly<Record<string, string | undefined>>;
  /** Column to referenced table; always to its `id`, and without an action on delete or update. */
  foreignKeys: Readonly<Record<string, TableName>>;
  /** Column to its least and greatest value. */
  ranges: Readonly<Record<string, readonly [number, number]>>;
}

export const TABLE_NAMES = [
  'users',
  'user_preferences',
  'appliances',
  'recipes',
  'cooking_sessions',
  'telemetry_events',
  'push_tokens',
  'firmware_releases',
] as const;

export type TableName = (typeof TABLE_NAMES)[number];

export const TABLES: Readonly<Record<TableName, DocumentedTable>> = {
  users: {
    columns: [
      'id uuid NOT NULL DEFAULT gen_random_uuid()',
      'email character varying(255) NOT NULL',
      'password_hash character varying(255) NOT NULL',
      'name character varying(100) NOT NULL',
      `role character varying(20) NOT NULL DEFAULT 'user'::character varying`,
      'is_active boolean NOT NULL DEFAULT true',
      'created_at timestamp with time zone NOT NULL DEFAULT now()',
      'updated_at timestamp with time zone NOT NULL DEFAULT now()',
    ],
    primaryKey: 'id',
    unique: { email: 'idx_users_email' },
    foreignKeys: {},
    ranges: {},
  },
  user_preferences: {
    columns: [
      'id uuid NOT NULL DEFAULT gen_random_uuid()',
      'user_id uuid NOT NULL',
      `language character varying(10) DEFAULT 'en_IN'::character varying`,
      'spice_level integer DEFAULT 3',
      'salt_level integer DEFAULT 3',
      'oil_level integer DEFAULT 3',
      `diet character varying(20) DEFAULT 'no_restrictions'::character varying`,
      `cuisines text[] DEFAULT '{indian,italian,thai,mexican}'::text[]`,
      'default_servings integer DEFAULT 2',
      `allergens text[] DEFAULT '{}'::text[]`,
      `theme character varying(10) DEFAULT 'light'::character varying`,
      'notifications_enabled boolean DEFAULT true',
      'updated_at timestamp with time zone NOT NULL DEFAULT now()',
    ],
    primaryKey: 'id',
    unique: { user_id: undefined },
    foreignKeys: { user_id: 'users' },
    ranges: { spice_level: [1, 5], salt_level: [1, 5], oil_level: [1, 5], default_servings: [1, 4] },
  },
  appliances: {
    columns: [
      'id uuid NOT NULL DEFAULT gen_random_uuid()',
      'user_id uuid NOT NULL',
      'device_id character varying(50) NOT NULL',
      'serial_number character varying(50) NOT NULL',
      `name character varying(100) DEFAULT 'My Epicura'::character varying`,
      'firmware_version_cm5 character varying(20)',
      'firmware_version_stm32 character varying(20)',
      'wifi_mac character varying(17)',
      'pairing_code character varying(6)',
      `status character varying(20) DEFAULT 'offline'::character varying`,
      'last_seen_at timestamp with time zone',
      'paired_at timestamp with time zone NOT NULL DEFAULT now()',
      'created_at timestamp with time zone NOT NULL DEFAULT now()',
    ],
    primaryKey: 'id',
    unique: { device_id: 'idx_appliances_device_id', serial_number: undefined },
    foreignKeys: { user_id: 'users' },
    ranges: {},
  },
  recipes: {
    columns: [
      'id uuid NOT NULL DEFAULT gen_random_uuid()',
      'name character varying(200) NOT NULL',
      'category character varying(50) NOT NULL',
      `cuisine character varying(50) DEFAULT 'indian'::character varying`,
      'recipe_data jsonb NOT NULL',
      `tags text[] DEFAULT '{}'::text[]`,
      'difficulty character varying(10) NOT NULL',
      'time_minutes integer NOT NULL',
      'servings integer NOT NULL DEFAULT 4',
      'calories real',
      'protein_g real',
      'carbs_g real',
      'fats_g real',
      'image_url text',
      'version integer NOT NULL DEFAULT 1',
      'is_published boolean NOT NULL DEFAULT false',
      'created_by uuid',
      'created_at timestamp with time zone NOT NULL DEFAULT now()',
      'updated_at timestamp with time zone NOT NULL DEFAULT now()',
      // PostgreSQL repeats the implied casts of the document's expression: varchar to text, and text to regconfig.
      `search_vector tsvector GENERATED ALWAYS AS (to_tsvector('english'::regconfig, ` +
        `(((((COALESCE(name, ''::character varying))::text || ' '::text) || ` +
        `(COALESCE(category, ''::character varying))::text) || ' '::text) || ` +
        `(COALESCE(cuisine, ''::character varying))::text))) STORED`,
    ],
    primaryKey: 'id',
    unique: {},
    foreignKeys: { created_by: 'users' },
    ranges: {},
  },
  cooking_sessions: {
    columns: [
      'id uuid NOT NULL DEFAULT gen_random_uuid()',
      'user_id uuid NOT NULL',
      'appliance_id uuid NOT NULL',
      'recipe_id uuid NOT NULL',
      `status character varying(20) NOT NULL DEFAULT 'started'::character varying`,
      'started_at timestamp with time zone NOT NULL DEFAULT now()',
      'completed_at timestamp with time zone',
      'stages_log jsonb',
      'customizations jsonb',
      'peak_temperature real',
      'total_duration_s integer',
      'user_rating integer',
      'notes text',
    ],
    primaryKey: 'id',
    unique: {},
    foreignKeys: { user_id: 'users', appliance_id: 'appliances', recipe_id: 'recipes' },
    ranges: { user_rating: [1, 5] },
  },
  telemetry_events: {
    columns: [
      `id bigint NOT NULL DEFAULT nextval('telemetry_events_id_seq'::regclass)`,
      'appliance_id uuid NOT NULL',
      'session_id uuid',
      'event_type character varying(50) NOT NULL',
      'payload jsonb NOT NULL',
      'recorded_at timestamp with time zone NOT NULL DEFAULT now()',
    ],
    primaryKey: 'id, recorded_at',
    unique: {},
    foreignKeys: { appliance_id: 'appliances', session_id: 'cooking_sessions' },
    ranges: {},
  },
  push_tokens: {
    columns: [
      'id uuid NOT NULL DEFAULT gen_random_uuid()',
      'user_id uuid NOT NULL',
      'platform character varying(10) NOT NULL',
      'token text NOT NULL',
      'created_at timestamp with time zone NOT NULL DEFAULT now()',
      'updated_at timestamp with time zone NOT NULL DEFAULT now()',
    ],
    primaryKey: 'id',
    unique: { token: undefined },
    foreignKeys: { user_id: 'users' },
    ranges: {},
  },
  firmware_releases: {
    columns: [
      'id uuid NOT NULL DEFAULT gen_random_uuid()',
      'target character varying(10) NOT NULL',
      'version character varying(20) NOT NULL',
      `channel character varying(20) NOT NULL DEFAULT 'stable'::character varying`,
      'binary_url text NOT NULL',
      'checksum_sha256 character varying(64) NOT NULL',
      'file_size_bytes integer NOT NULL',
      'release_notes text',
      'is_mandatory boolean NOT NULL DEFAULT false',
      'min_version character varying(20)',
      'created_at timestamp with time zone NOT NULL DEFAULT now()',
    ],
    primaryKey: 'id',
    unique: { 'target, version': 'idx_firmware_target_version' },
    foreignKeys: {},
    ranges: {},
  },
};

/** The values that the document lists for a column; a list that ends in "etc." there is open. */
export const VALUES: readonly (readonly [TableName, string, readonly string[]])[] = [
  ['users', 'role', ['user', 'admin']],
  ['user_preferences', 'diet', ['vegetarian', 'vegan', 'pescatarian', 'no_restrictions']],
  ['user_preferences', 'theme', ['light', 'dark']],
  ['appliances', 'status', ['online', 'offline', 'cooking', 'error']],
  ['recipes', 'category', ['dal', 'curry', 'rice', 'pasta', 'soup', 'dessert']],
  [
    'recipes',
    'cuisine',
    ['indian', 'italian', 'american', 'chinese', 'mexican', 'korean', 'thai', 'asian', 'global'],
  ],
  ['recipes', 'difficulty', ['easy', 'medium', 'hard']],
  ['cooking_sessions', 'status', ['started', 'cooking', 'paused', 'completed', 'aborted', 'error']],
  ['telemetry_events', 'event_type', ['temperature', 'status', 'stage_change', 'alert', 'heartbeat']],
  ['push_tokens', 'platform', ['ios', 'android']],
  ['firmware_releases', 'target', ['cm5', 'stm32']],
  ['firmware_releases', 'channel', ['stable', 'beta', 'alpha']],
];

/** The document's indexes as `pg_get_indexdef` prints them, after `CREATE` and without the schema's name. */
export const INDEXES = {
  idx_users_email: 'UNIQUE INDEX idx_users_email ON users USING btree (email)',
  idx_recipes_category: 'INDEX idx_recipes_category ON recipes USING btree (category)',
  idx_recipes_cuisine: 'INDEX idx_recipes_cuisine ON recipes USING btree (cuisine)',
  idx_recipes_published:
    'INDEX idx_recipes_published ON recipes USING btree (is_published) WHERE (is_published = true)',
  idx_appliances_device_id: 'UNIQUE INDEX idx_appliances_device_id ON appliances USING btree (device_id)',
  idx_appliances_user: 'INDEX idx_appliances_user ON appliances USING btree (user_id)',
  idx_sessions_user: 'INDEX idx_sessions_user ON cooking_sessions USING btree (user_id)',
  idx_sessions_appliance: 'INDEX idx_sessions_appliance ON cooking_sessions USING btree (appliance_id)',
  idx_sessions_started: 'INDEX idx_sessions_started ON cooking_sessions USING btree (started_at DESC)',
  idx_telemetry_appliance_time:
    'INDEX idx_telemetry_appliance_time ON ONLY telemetry_events USING btree (appliance_id, recorded_at DESC)',
  idx_telemetry_session:
    'INDEX idx_telemetry_session ON ONLY telemetry_events USING btree (session_id) WHERE (session_id IS NOT NULL)',
  idx_firmware_target_version:
    'UNIQUE INDEX idx_firmware_target_version ON firmware_releases USING btree (target, version)',
  idx_firmware_channel:
    'INDEX idx_firmware_channel ON firmware_releases USING btree (target, channel, created_at DESC)',
  idx_recipes_data: 'INDEX idx_recipes_data ON recipes USING gin (recipe_data jsonb_path_ops)',
  idx_recipes_tags: 'INDEX idx_recipes_tags ON recipes USING gin (tags)',
  idx_prefs_allergens: 'INDEX idx_prefs_allergens ON user_preferences USING gin (allergens)',
  idx_prefs_cuisines: 'INDEX idx_prefs_cuisines ON user_preferences USING gin (cuisines)',
  idx_telemetry_payload:
    'INDEX idx_telemetry_payload ON ONLY telemetry_events USING gin (payload jsonb_path_ops)',
  idx_recipes_fts: 'INDEX idx_recipes_fts ON recipes USING gin (search_vector)',
} as const;

/** How `telemetry_events` is divided; its months are in partitions.test.ts. */
export const PARTITION_KEY = 'RANGE (recorded_at)';

/** Everything beyond the document, each with the promise or the query that needs it. Anything not named here fails. */
export const ADDED = {
  tables: {
    device_registrations:
      'a device has credentials before it has an owner, and appliances.user_id is NOT NULL',
    rate_limits: 'instances without a Redis count sign-ins and pairings together',
    refresh_tokens: 'a refresh token works once, and one used again takes its whole family with it',
    revocations: 'every instance hears within two seconds whose access ended, bus or no bus',
    recipe_edits: 'who changed the catalogue, when and what',
    recipe_sync: 'since when deletions are known: a device that synced before starts over',
    recipe_tombstones: 'devices learn of a recipe that was removed by hand',
    recipe_stats: 'counts and ratings of a recipe, without reading all its cooks',
    telemetry_events_default: 'an event outside every month is kept rather than lost',
  },
  columns: {
    'user_preferences.changed_together': 'changes of one time end the same, whatever order they come in',
    'users.auth_version': 'a new role or password voids the access tokens that were made before it',
    'appliances.unpaired_at': 'cooks keep pointing at an appliance that left its home',
    'appliances.reported_at': 'an event that arrives late does not turn status or firmware back',
    'appliances.reported_sequence': 'the same, for events of one instant',
    'recipes.ingredient_names': 'filters by ingredient, diet and allergen, by an index',
    'recipes.search_document': 'search by tags and ingredients too, weighted and without accents',
    'recipes.search_name': 'search that forgives a slip',
    'recipes.published_at': 'sync tells devices what became of what they may hold, and nothing of drafts',
    'recipes.deleted_at': 'deleting is soft, and sync tells devices what to remove',
    'cooking_sessions.recipe_name': 'a past cook shows its recipe’s name as it was, unpublished or not',
    'cooking_sessions.recipe_version': 'the same, for the version',
    'cooking_sessions.last_sequence': 'guarantee 1: the journal is numbered without holes',
    'cooking_sessions.first_recorded_at': 'bounds the journal’s queries to the months that hold it',
    'cooking_sessions.last_recorded_at': 'bounds the journal’s queries to the months that hold it',
    'cooking_sessions.last_received_at': 'guarantee 7: a cursor from before a restore is recognised',
    'cooking_sessions.end_recorded_at': 'a reading changes an ended cook only if recorded before its end',
    'cooking_sessions.progress': 'a feed starts with one snapshot of where the cook stands',
    'cooking_sessions.log_revision': 'an older log that comes later replaces nothing',
    'cooking_sessions.ended_by_log': 'no late event turns back what the device’s log told of the end',
    'firmware_releases.version_key': '1.10.0 comes after 1.9.0, and a pre-release before its release',
    'firmware_releases.min_version_key': 'the same, for the version that a release asks for',
    'telemetry_events.sequence': 'guarantee 1: the place in the journal',
    'telemetry_events.device_sequence':
      'guarantee 8: part of the key that makes a repeated event a duplicate',
    'telemetry_events.received_at': 'recorded_at is the device’s word; this is the server’s',
    'telemetry_events.clock_offset_ms': 'a device whose clock is off: recorded_at stays as it was sent',
  },
  indexes: {
    idx_appliances_user_paired: 'a home’s appliances in pages, newest first',
    idx_sessions_user_started: 'a person’s cooks in pages, newest first',
    idx_sessions_appliance_started: 'an appliance’s cooks in pages, newest first',
    idx_sessions_analytics: 'what administrators ask of a time, from the index alone',
    idx_users_created: 'accounts by the day',
    idx_appliances_firmware_cm5: 'what the fleet runs',
    idx_appliances_firmware_stm32: 'the same, for the microcontroller',
    idx_sessions_recipe: 'the cooks of a recipe, and the foreign key',
    idx_sessions_running: 'the cook that runs on an appliance now',
    idx_push_tokens_user: 'where to push for a person, and the foreign key',
    idx_recipes_ingredients: 'filters by ingredient, diet and allergen',
    idx_recipes_search: 'search by words and their beginnings',
    idx_recipes_search_name: 'search that forgives a slip',
    idx_recipes_time: 'the catalogue in pages, by time',
    idx_recipes_created: 'the catalogue in pages, by age',
    idx_recipes_stamp: 'sync reads changes in the order of their stamps, which are unique',
    idx_recipes_name: 'the catalogue in pages, by name',
    idx_firmware_version_key: 'the releases of a target, and the newest that fits a device',
    idx_telemetry_event_key: 'guarantee 8: an event is stored once',
    idx_telemetry_session_sequence: 'guarantee 1: no number twice; replay reads in its order',
    idx_telemetry_session_transitions: 'a cook’s status and stages without its thousands of readings',
  },
  checks: {
    users_email_lower_case: 'the unique index compares addresses as people do',
    users_role_known: 'the document lists the values',
    user_preferences_diet_known: 'the document lists the values',
    user_preferences_theme_known: 'the document lists the values',
    appliances_status_known: 'the document lists the values',
    recipes_has_stage: 'a recipe without a stage cannot be cooked',
    recipes_difficulty_known: 'the document lists the values',
    cooking_sessions_status_known: 'the document lists the values',
    telemetry_events_type_known: 'the document lists the values',
    push_tokens_platform_known: 'the document lists the values',
    firmware_releases_min_version: 'a release cannot ask for itself or something newer',
    firmware_releases_target_known: 'the document lists the values',
    firmware_releases_channel_known: 'the document lists the values',
  },
  triggers: {
    'recipes.recipes_lock': 'stamps become visible in their order, and editors do not deadlock',
    'recipes.recipes_rule': 'stamp, version and the copy of the columns in recipe_data, whoever writes',
    'recipes.recipes_note_insert': 'recipe_edits has changes by hand too',
    'recipes.recipes_note_update': 'the same',
    'recipes.recipes_bury': 'a row that is removed leaves a tombstone, and one that was cooked stays',
    'recipes.recipes_refuse_truncate': 'truncating would leave nothing for devices to learn by',
    'device_registrations.device_registrations_revoke': 'the same, for a device that gets another token',
    'users.users_void_tokens': 'auth_version counts whoever changes role, activity or password',
    'users.users_revoke': 'the same, for telling it',
    'appliances.appliances_revoke': 'a device whose home changed starts anew, whoever changed it',
    'cooking_sessions.count_recipe_stats': 'recipe_stats is right whoever writes',
    'cooking_sessions.recount_recipe_stats': 'the same, for changes that count and no others',
    'cooking_sessions.remember_recipe': 'recipe_name and recipe_version are filled whoever inserts',
  },
  functions: {
    lock_catalogue: 'one transaction at a time changes the catalogue',
    next_recipe_stamp: 'a stamp later than every one before',
    ruled_recipe_data: 'the columns rule over the same names in recipe_data',
    recipes_lock: 'the trigger’s',
    recipes_rule: 'the trigger’s',
    recipe_editor: 'who changes the catalogue in this transaction',
    recipe_columns: 'what the history tells of a recipe',
    recipes_note_insert: 'the trigger’s',
    recipes_note_update: 'the trigger’s',
    recipes_bury: 'the trigger’s',
    recipes_refuse_truncate: 'the trigger’s',
    restart_recipe_sync: 'after a restore from a backup, devices start over',
    fill_telemetry_partition: 'copies what waited there before anything is locked',
    ensure_telemetry_partition: 'makes a month, and moves what waited in the default partition',
    journal_append_v1: 'stores a group of events in one round trip, if its plan still holds',
    semver_key: 'the generated columns’, and the version that a device tells',
    immutable_unaccent: 'generated columns need an immutable function',
    recipe_ingredient_names: 'the generated column’s',
    recipe_search_document: 'the generated column’s',
    recipe_stats_count: 'the triggers’',
    search_recipe_ids: 'both ways to find a recipe, each by its index',
    cooking_sessions_remember_recipe: 'the trigger’s',
    users_void_tokens: 'the trigger’s',
    users_revoke: 'the trigger’s',
    appliances_revoke: 'the trigger’s',
    device_registrations_revoke: 'the trigger’s',
  },
} as const;

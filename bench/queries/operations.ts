/**
 * What phones and robots read most, asked of the product, of the peer and of the floor. The three spell it differently;
 * `answer` brings each side's to one shape, so that they can be compared value by value.
 */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
// biome-ignore lint/suspicious/noExplicitAny: answers of three servers whose shapes only these functions know
type Answer = any;

/** What a request is about; each is of its own, so that no side is asked the same twice in a row. */
export interface Pick {
  userId: string;
  recipeId: string;
  sessionId: string;
  cuisine: string;
  word: string;
}

export interface Operation {
  name: string;
  product: { query: string; variables(pick: Pick): object; answer(data: Answer): Json };
  peer: { query: string; variables(pick: Pick): object; answer(data: Answer): Json };
  /** One statement that yields the answer as text, in one column. */
  floor: { statement: string; values(pick: Pick): unknown[] };
}

const nodes = (connection: Answer): Answer[] => connection.edges.map(({ node }: Answer) => node);
const instant = (text: string | null): number | null => (text === null ? null : Date.parse(text));
const upper = (text: string): string => text.toUpperCase();

const CARD = 'name category cuisine tags timeMinutes servings imageUrl';
const CARD_SQL = `'name', r.name, 'category', r.category, 'cuisine', r.cuisine, 'tags', r.tags, 'timeMinutes', r.time_minutes,
  'servings', r.servings, 'imageUrl', r.image_url, 'calories', r.calories, 'proteinG', r.protein_g`;
const card = ({ nutrition, difficulty, ...rest }: Answer): Json => ({
  ...rest,
  calories: nutrition.calories,
  proteinG: nutrition.proteinGrams,
});
const PRODUCT_CARD = `${CARD} nutrition { calories proteinGrams }`;
const peerCard = ({ calories, proteinG, ...rest }: Answer): Json => ({
  ...rest,
  calories: calories === null ? null : Number(calories),
  proteinG: proteinG === null ? null : Number(proteinG),
});
const PEER_CARD = `${CARD} calories proteinG`;

export const recipePage: Operation = {
  name: 'recipe page',
  product: {
    query: `query Page($cuisine: String) { recipes(first: 20, filter: { cuisine: $cuisine }) {
      edges { node { uuid ${PRODUCT_CARD} } } pageInfo { hasNextPage endCursor } } }`,
    variables: ({ cuisine }) => ({ cuisine }),
    answer: ({ recipes }) => ({
      recipes: nodes(recipes).map(({ uuid, ...node }) => ({ id: uuid, ...(card(node) as object) })) as Json,
      more: recipes.pageInfo.hasNextPage,
    }),
  },
  peer: {
    query: `query Page($cuisine: String) {
      allRecipes(first: 20, condition: { cuisine: $cuisine, isPublished: true }, orderBy: [NAME_ASC, ROW_ID_ASC]) {
        edges { node { rowId ${PEER_CARD} } } pageInfo { hasNextPage endCursor } } }`,
    variables: ({ cuisine }) => ({ cuisine }),
    answer: ({ allRecipes }) => ({
      recipes: nodes(allRecipes).map(({ rowId, ...node }) => ({
        id: rowId,
        ...(peerCard(node) as object),
      })) as Json,
      more: allRecipes.pageInfo.hasNextPage,
    }),
  },
  floor: {
    statement: `SELECT json_build_object('recipes', coalesce(json_agg(node) FILTER (WHERE place <= 20), '[]'),
                                         'more', count(*) > 20)::text AS answer
      FROM (SELECT json_build_object('id', r.id, ${CARD_SQL}) AS node, row_number() OVER (ORDER BY r.name, r.id) AS place
            FROM recipes r WHERE r.is_published AND r.deleted_at IS NULL AND r.cuisine = $1
            ORDER BY r.name, r.id LIMIT 21) AS page`,
    values: ({ cuisine }) => [cuisine],
  },
};

export const search: Operation = {
  name: 'search',
  product: {
    query: `query Search($words: String!) { recipes(first: 20, search: $words, orderBy: { by: NAME, direction: ASC }) {
      edges { node { uuid ${PRODUCT_CARD} } } } }`,
    variables: ({ word }) => ({ words: word }),
    answer: ({ recipes }) =>
      nodes(recipes).map(({ uuid, ...node }) => ({ id: uuid, ...(card(node) as object) })) as Json,
  },
  peer: {
    query: `query Search($words: String!) { benchSearch(words: $words, first: 20) { edges { node { rowId ${PEER_CARD} } } } }`,
    variables: ({ word }) => ({ words: word }),
    answer: ({ benchSearch }) =>
      nodes(benchSearch).map(({ rowId, ...node }) => ({ id: rowId, ...(peerCard(node) as object) })) as Json,
  },
  floor: {
    statement: `SELECT coalesce(json_agg(json_build_object('id', r.id, ${CARD_SQL}) ORDER BY r.name, r.id), '[]')::text AS answer
      FROM (SELECT * FROM recipes WHERE id IN (SELECT search_recipe_ids(immutable_unaccent($1),
              to_tsquery('english', immutable_unaccent('''' || $1 || ''':*')))) AND is_published AND deleted_at IS NULL
            ORDER BY name, id LIMIT 20) AS r`,
    values: ({ word }) => [word],
  },
};

/** The peer's search, as a function of the database: the way that its documentation recommends. */
export const PEER_SEARCH = `
  CREATE FUNCTION bench_search(words text) RETURNS SETOF recipes LANGUAGE sql STABLE AS $$
    SELECT * FROM recipes WHERE id IN (SELECT search_recipe_ids(immutable_unaccent(words),
      to_tsquery('english', immutable_unaccent('''' || words || ''':*')))) AND is_published AND deleted_at IS NULL
    ORDER BY name, id
  $$`;

export const recipe: Operation = {
  name: 'recipe',
  product: {
    query: `query Recipe($id: ID!) { recipe(id: $id) { ${PRODUCT_CARD}
      stages { name targetTemperature durationSeconds ingredients { name amountGrams } } stats { cookCount ratingCount } } }`,
    variables: ({ recipeId }) => ({ id: recipeId }),
    answer: ({ recipe: { stages, stats, ...rest } }) => ({
      ...(card(rest) as object),
      stages,
      cooks: stats.cookCount,
      ratings: stats.ratingCount,
    }),
  },
  peer: {
    query: `query Recipe($id: UUID!) { recipeByRowId(rowId: $id) { ${PEER_CARD} recipeData
      recipeStatByRecipeId { cookCount ratingCount } } }`,
    variables: ({ recipeId }) => ({ id: recipeId }),
    answer: ({ recipeByRowId: { recipeData, recipeStatByRecipeId, ...rest } }) => ({
      ...(peerCard(rest) as object),
      stages: (typeof recipeData === 'string' ? JSON.parse(recipeData) : recipeData).stages.map(
        (stage: Answer) => ({
          name: stage.name,
          targetTemperature: stage.temp_target,
          durationSeconds: stage.duration_seconds,
          ingredients: stage.ingredients.map((i: Answer) => ({ name: i.name, amountGrams: i.amount_g })),
        }),
      ),
      cooks: Number(recipeStatByRecipeId.cookCount),
      ratings: Number(recipeStatByRecipeId.ratingCount),
    }),
  },
  floor: {
    statement: `SELECT json_build_object(${CARD_SQL}, 'stages', (
          SELECT json_agg(json_build_object('name', s->'name', 'targetTemperature', s->'temp_target',
                   'durationSeconds', s->'duration_seconds', 'ingredients', (
                     SELECT json_agg(json_build_object('name', i->'name', 'amountGrams', i->'amount_g'))
                     FROM jsonb_array_elements(s->'ingredients') AS i)))
          FROM jsonb_array_elements(r.recipe_data->'stages') AS s),
        'cooks', coalesce(t.cook_count, 0), 'ratings', coalesce(t.rating_count, 0))::text AS answer
      FROM recipes r LEFT JOIN recipe_stats t ON t.recipe_id = r.id
      WHERE r.id = $1 AND r.is_published AND r.deleted_at IS NULL`,
    values: ({ recipeId }) => [recipeId],
  },
};

export const tenCooks: Operation = {
  name: 'ten cooks',
  product: {
    query: `query Cooks { viewer { cookingSessions(first: 10) { edges { node {
      uuid status startedAt completedAt peakTemperature
      recipe { name imageUrl } appliance { name status }
      events(last: 5, types: [TEMPERATURE]) { edges { node { ... on TemperatureEvent {
        sequence recordedAt temperature targetTemperature } } } } } } } } }`,
    variables: () => ({}),
    answer: ({ viewer }) =>
      nodes(viewer.cookingSessions).map(({ uuid, startedAt, completedAt, events, ...rest }) => ({
        ...rest,
        id: uuid,
        startedAt: instant(startedAt),
        completedAt: instant(completedAt),
        readings: nodes(events).map(({ recordedAt, ...r }) => ({ ...r, recordedAt: instant(recordedAt) })),
      })) as Json,
  },
  peer: {
    query: `query Cooks($userId: UUID!) {
      allCookingSessions(first: 10, condition: { userId: $userId }, orderBy: [STARTED_AT_DESC, ROW_ID_DESC]) { edges { node {
        rowId status startedAt completedAt peakTemperature
        recipeByRecipeId { name imageUrl } applianceByApplianceId { name status }
        telemetryEventsBySessionId(first: 5, condition: { eventType: "temperature" }, orderBy: [SEQUENCE_DESC]) {
          edges { node { sequence recordedAt payload } } } } } } }`,
    variables: ({ userId }) => ({ userId }),
    answer: ({ allCookingSessions }) =>
      nodes(allCookingSessions).map((s) => ({
        id: s.rowId,
        status: upper(s.status),
        peakTemperature: s.peakTemperature === null ? null : Number(s.peakTemperature),
        startedAt: instant(s.startedAt),
        completedAt: instant(s.completedAt),
        recipe: s.recipeByRecipeId,
        appliance: { ...s.applianceByApplianceId, status: upper(s.applianceByApplianceId.status) },
        readings: nodes(s.telemetryEventsBySessionId)
          .reverse()
          .map(({ sequence, recordedAt, payload }) => {
            const reading = typeof payload === 'string' ? JSON.parse(payload) : payload;
            return {
              sequence: Number(sequence),
              recordedAt: instant(recordedAt),
              temperature: reading.temperature,
              targetTemperature: reading.target_temperature,
            };
          }),
      })) as Json,
  },
  floor: {
    statement: `SELECT coalesce(json_agg(node), '[]')::text AS answer FROM (
        SELECT json_build_object('id', s.id, 'status', upper(s.status), 'peakTemperature', s.peak_temperature,
          'startedAt', floor(1000 * extract(epoch FROM s.started_at)),
          'completedAt', floor(1000 * extract(epoch FROM s.completed_at)),
          'recipe', (SELECT json_build_object('name', r.name, 'imageUrl', r.image_url) FROM recipes r
                     WHERE r.id = s.recipe_id AND r.is_published AND r.deleted_at IS NULL),
          'appliance', (SELECT json_build_object('name', a.name, 'status', upper(a.status)) FROM appliances a
                        WHERE a.id = s.appliance_id),
          'readings', (SELECT json_agg(reading ORDER BY sequence) FROM (
             SELECT e.sequence, json_build_object('sequence', e.sequence,
                      'recordedAt', floor(1000 * extract(epoch FROM e.recorded_at)),
                      'temperature', e.payload->'temperature', 'targetTemperature', e.payload->'target_temperature') AS reading
             FROM telemetry_events e WHERE e.session_id = s.id AND e.event_type = 'temperature'
               AND e.recorded_at BETWEEN s.first_recorded_at AND s.last_recorded_at
             ORDER BY e.sequence DESC LIMIT 5) AS newest)) AS node
        FROM cooking_sessions s WHERE s.user_id = $1 ORDER BY s.started_at DESC, s.id DESC LIMIT 10) AS page`,
    values: ({ userId }) => [userId],
  },
};

export const home: Operation = {
  name: 'home screen',
  product: {
    query: `query Home { viewer { name email appliances(first: 10) { edges { node { name status lastSeenAt } } }
      cookingSessions(first: 5, filter: { status: [STARTED, COOKING, PAUSED] }) { edges { node {
        uuid status recipeName progress { progressPercent temperature } } } } } }`,
    variables: () => ({}),
    answer: ({ viewer }) => ({
      name: viewer.name,
      email: viewer.email,
      appliances: nodes(viewer.appliances)
        .map(({ lastSeenAt, ...rest }) => ({ ...rest, lastSeenAt: instant(lastSeenAt) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      cooks: nodes(viewer.cookingSessions).map(({ uuid, ...rest }) => ({ id: uuid, ...rest })),
    }),
  },
  peer: {
    query: `query Home($userId: UUID!) { userByRowId(rowId: $userId) { name email
      appliancesByUserId(first: 10, orderBy: [NAME_ASC]) { edges { node { name status lastSeenAt } } }
      cookingSessionsByUserId(first: 5, condition: { status: "cooking" }, orderBy: [STARTED_AT_DESC, ROW_ID_DESC]) { edges { node {
        rowId status recipeName progress } } } } }`,
    variables: ({ userId }) => ({ userId }),
    answer: ({ userByRowId: user }) => ({
      name: user.name,
      email: user.email,
      appliances: nodes(user.appliancesByUserId).map(({ lastSeenAt, status, ...rest }) => ({
        ...rest,
        status: upper(status),
        lastSeenAt: instant(lastSeenAt),
      })),
      cooks: nodes(user.cookingSessionsByUserId).map(({ rowId, status, recipeName, progress }) => {
        const now = typeof progress === 'string' ? JSON.parse(progress) : progress;
        return {
          id: rowId,
          status: upper(status),
          recipeName,
          progress: { progressPercent: now.progress_percent, temperature: now.temperature },
        };
      }),
    }),
  },
  floor: {
    statement: `SELECT json_build_object('name', u.name, 'email', u.email,
        'appliances', (SELECT json_agg(json_build_object('name', a.name, 'status', upper(a.status),
             'lastSeenAt', floor(1000 * extract(epoch FROM a.last_seen_at))) ORDER BY a.name)
           FROM appliances a WHERE a.user_id = u.id AND a.unpaired_at IS NULL),
        'cooks', (SELECT coalesce(json_agg(json_build_object('id', s.id, 'status', upper(s.status), 'recipeName', s.recipe_name,
             'progress', json_build_object('progressPercent', s.progress->'progress_percent',
                                           'temperature', s.progress->'temperature'))
             ORDER BY s.started_at DESC, s.id DESC), '[]')
           FROM (SELECT * FROM cooking_sessions WHERE user_id = u.id AND status IN ('started', 'cooking', 'paused')
                 ORDER BY started_at DESC, id DESC LIMIT 5) AS s))::text AS answer
      FROM users u WHERE u.id = $1`,
    values: ({ userId }) => [userId],
  },
};

export const journal: Operation = {
  name: 'journal page',
  product: {
    query: `query Journal($id: ID!) { cookingSession(id: $id) { events(first: 100) { edges { cursor node {
      sequence recordedAt ... on TemperatureEvent { temperature targetTemperature } } } pageInfo { hasNextPage } } } }`,
    variables: ({ sessionId }) => ({ id: sessionId }),
    answer: ({ cookingSession: { events } }) => ({
      events: nodes(events).map(({ recordedAt, ...rest }) => ({ ...rest, recordedAt: instant(recordedAt) })),
      more: events.pageInfo.hasNextPage,
    }),
  },
  peer: {
    query: `query Journal($id: UUID!) { allTelemetryEvents(first: 100, condition: { sessionId: $id }, orderBy: [SEQUENCE_ASC]) {
      edges { cursor node { sequence recordedAt eventType payload } } pageInfo { hasNextPage } } }`,
    variables: ({ sessionId }) => ({ id: sessionId }),
    answer: ({ allTelemetryEvents: events }) => ({
      events: nodes(events).map(({ sequence, recordedAt, eventType, payload }) => {
        const reading = typeof payload === 'string' ? JSON.parse(payload) : payload;
        return {
          sequence: Number(sequence),
          recordedAt: instant(recordedAt),
          ...(eventType === 'temperature' && {
            temperature: reading.temperature,
            targetTemperature: reading.target_temperature,
          }),
        };
      }),
      more: events.pageInfo.hasNextPage,
    }),
  },
  floor: {
    statement: `SELECT json_build_object('events', json_agg(event ORDER BY sequence) FILTER (WHERE place <= 100),
                                         'more', count(*) > 100)::text AS answer FROM (
        SELECT e.sequence, row_number() OVER (ORDER BY e.sequence) AS place,
          CASE WHEN e.event_type = 'temperature'
            THEN json_build_object('sequence', e.sequence, 'recordedAt', floor(1000 * extract(epoch FROM e.recorded_at)),
                   'temperature', e.payload->'temperature', 'targetTemperature', e.payload->'target_temperature')
            ELSE json_build_object('sequence', e.sequence, 'recordedAt', floor(1000 * extract(epoch FROM e.recorded_at))) END AS event
        FROM cooking_sessions s JOIN telemetry_events e ON e.session_id = s.id
          AND e.recorded_at BETWEEN s.first_recorded_at AND s.last_recorded_at
        WHERE s.id = $1 ORDER BY e.sequence LIMIT 101) AS page`,
    values: ({ sessionId }) => [sessionId],
  },
};

const byId = (recipes: Answer[]): Json => recipes.sort((a, b) => (a.id < b.id ? -1 : 1)) as Json;

export const changes: Operation = {
  name: 'changes of 500',
  product: {
    query:
      'query Changes { recipeChanges { recipes { uuid name timeMinutes updatedAt recipeData } deletedIds hasMore } }',
    variables: () => ({}),
    answer: ({ recipeChanges: { recipes } }) =>
      byId(
        recipes.map(({ uuid, updatedAt, ...rest }: Answer) => ({
          id: uuid,
          updatedAt: instant(updatedAt),
          ...rest,
        })),
      ),
  },
  peer: {
    query: `query Changes { allRecipes(first: 500, condition: { isPublished: true }, orderBy: [UPDATED_AT_ASC]) {
      nodes { rowId name timeMinutes updatedAt recipeData } } }`,
    variables: () => ({}),
    answer: ({ allRecipes }) =>
      byId(
        allRecipes.nodes.map(({ rowId, updatedAt, recipeData, ...rest }: Answer) => ({
          id: rowId,
          updatedAt: instant(updatedAt),
          recipeData: typeof recipeData === 'string' ? JSON.parse(recipeData) : recipeData,
          ...rest,
        })),
      ),
  },
  floor: {
    statement: `SELECT json_agg(json_build_object('id', id, 'name', name, 'timeMinutes', time_minutes,
        'updatedAt', floor(1000 * extract(epoch FROM updated_at)), 'recipeData', recipe_data) ORDER BY id)::text AS answer
      FROM (SELECT * FROM recipes WHERE is_published AND deleted_at IS NULL ORDER BY updated_at LIMIT 500) AS r`,
    values: () => [],
  },
};

export const OPERATIONS: readonly Operation[] = [
  recipePage,
  search,
  recipe,
  tenCooks,
  home,
  journal,
  changes,
];

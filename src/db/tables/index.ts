/** All tables, for the relations and for drizzle-kit. */
export { applianceCommands } from './appliance-commands.js';
export { appliances } from './appliances.js';
export { cookingSessions } from './cooking-sessions.js';
export { deviceRegistrations } from './device-registrations.js';
export { firmwareReleases } from './firmware-releases.js';
export { pushTokens } from './push-tokens.js';
export { rateLimits } from './rate-limits.js';
export { recipeEdits } from './recipe-edits.js';
export { recipeStats } from './recipe-stats.js';
export { recipeSync, recipeTombstones } from './recipe-sync.js';
export { recipes } from './recipes.js';
export { refreshTokens } from './refresh-tokens.js';
export { revocations } from './revocations.js';
export { telemetryEvents } from './telemetry-events.js';
export { userPreferences } from './user-preferences.js';
export { users } from './users.js';

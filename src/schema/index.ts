import { builder } from './builder.js';
import './scalars.js';
import './node.js';
import './user.js';
import './preferences.js';
import './push-tokens.js';
import './recipe.js';
import './recipe-insight.js';
import './recipe-list.js';
import './recipe-changes.js';
import './recipe-desk.js';
import './recipe-history.js';
import './appliance.js';
import './appliance-event.js';
import './household.js';
import './cooking-session.js';
import './cooking-session-list.js';
import './cooking-logs.js';
import './session-event.js';
import './session-history.js';
import './auth.js';
import './device.js';
import './firmware.js';
import './analytics.js';

/** The schema that is served. */
export const schema = builder.toSchema();

import { builder } from './builder.js';
import './scalars.js';
import './node.js';
import './user.js';
import './recipe.js';
import './appliance.js';
import './cooking-session.js';
import './session-event.js';
import './auth.js';
import './device.js';

/** The schema that is served. */
export const schema = builder.toSchema();

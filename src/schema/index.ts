import { builder } from './builder.js';
import './scalars.js';
import './node.js';
import './user.js';
import './recipe.js';
import './recipe-insight.js';
import './recipe-list.js';
import './appliance.js';
import './appliance-event.js';
import './household.js';
import './cooking-session.js';
import './cooking-session-list.js';
import './appliance-command.js';
import './cook-commands.js';
import './session-event.js';
import './session-history.js';
import './auth.js';
import './device.js';

/** The schema that is served. */
export const schema = builder.toSchema();

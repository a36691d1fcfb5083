import type { AccessTokens } from './auth/access-tokens.js';
import type { Keys } from './auth/keys.js';
import type { Passwords } from './auth/passwords.js';
import type { Revocations } from './auth/revocations.js';
import type { Viewer } from './auth/viewer.js';
import type { Config } from './config.js';
import type { Database } from './db/client.js';
import type { Client } from './limits/client.js';
import type { Limits } from './limits/limits.js';
import type { Live } from './live/live.js';
import type { Logger } from './logger.js';

/** The parts of the server that an action may need; one set a process. */
export interface Services {
  config: Pick<
    Config,
    'deviceRegistration' | 'isProduction' | 'operationTimeoutMs' | 'telemetryRetentionMonths'
  >;
  db: Database;
  live: Live;
  passwords: Passwords;
  accessTokens: AccessTokens;
  keys: Keys;
  limits: Limits;
  /** To be asked to `look()` after what revokes rights was committed, so that it holds here at once. */
  revocations: Revocations;
  log: Logger;
}

/** What a resolver knows: the services, who is asking, and where from. */
export interface Context extends Services {
  viewer: Viewer;
  client: Client;
}

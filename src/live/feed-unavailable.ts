import { DomainError } from '../errors.js';

/**
 * Ends a feed that cannot go on here: its instance has lost the database, or the database was set back under it. A socket
 * tells it as "try again later"; whoever comes back with a cursor learns where it stands.
 */
export class FeedUnavailable extends DomainError {
  constructor() {
    super('SERVICE_UNAVAILABLE', 'The feed cannot go on; connect again.');
  }
}

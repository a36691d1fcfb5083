import type { Authenticator } from '../auth/authenticator.js';
import type { Viewer } from '../auth/viewer.js';
import { DomainError } from '../errors.js';
import type { Client } from '../limits/client.js';
import type { Limits } from '../limits/limits.js';

/**
 * Finds out who presents a token, over every transport. Throws `UNAUTHENTICATED` for a bad one, and `RATE_LIMITED` where
 * so many came from that no further one is looked at.
 */
export async function admit(
  authorization: string | null | undefined,
  client: Client,
  authenticator: Authenticator,
  limits: Limits,
): Promise<Viewer> {
  if (authorization) limits.requireSense(client);
  try {
    return await authenticator.authenticate(authorization);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'UNAUTHENTICATED') limits.countNonsense(client);
    throw error;
  }
}

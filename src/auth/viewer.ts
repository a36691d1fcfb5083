/** Who is asking. */
export type Viewer = AnonymousViewer | UserViewer | DeviceViewer;

export interface AnonymousViewer {
  kind: 'anonymous';
}

/** A person who signed in. */
export interface UserViewer {
  kind: 'user';
  id: string;
  role: 'user' | 'admin';
  /** The version of the account's rights that the token was made for. */
  authVersion: number;
  /** The sign-in that the token descends from. */
  familyId: string;
  /** When the token expires, in milliseconds since 1970. */
  expiresAt: number;
}

/** A kitchen robot. Without `applianceId` it is registered but not paired with a home. */
export interface DeviceViewer {
  kind: 'device';
  registrationId: string;
  deviceId: string;
  /** Of the token that it presented. */
  tokenHash: Buffer;
  applianceId: string | null;
  ownerId: string | null;
  /** When it was looked up, by `performance.now()`: what changed later may concern it. */
  knownAt: number;
}

export const ANONYMOUS: AnonymousViewer = { kind: 'anonymous' };

import { sql } from 'drizzle-orm';
import type { recipes, telemetryEvents } from '../db/tables/index.js';
import { type DomainError, forbidden, unauthenticated } from '../errors.js';
import type { Viewer } from './viewer.js';

/**
 * Who may do what with each noun, in one place. Each function is a filter that the queries for that noun add to their
 * own: what it does not let through does not exist for the viewer. The default is nothing. Who may use a field at a root at
 * all is said beside the field, as its scope; on what, is said here.
 */

/** Matches no row. */
const NOTHING = { RAW: () => sql`false` };

/**
 * Published recipes are public. Administrators see drafts too, and they alone write, publish and delete; nobody sees what
 * was deleted. A device cooks what is published.
 */
export function visibleRecipes(viewer: Viewer) {
  return isAdmin(viewer) ? { deletedAt: { isNull: true as const } } : publishedRecipes();
}

/** What a copy of the catalogue holds, whoever asks for it; in the words of the indexes of it. */
export function publishedRecipes() {
  return { RAW: (recipe: typeof recipes) => sql`${recipe.isPublished} and ${recipe.deletedAt} is null` };
}

/** What happened to recipes, drafts and deleted ones among them, is the administrators' to know. */
export function visibleRecipeEdits(viewer: Viewer) {
  return isAdmin(viewer) ? {} : NOTHING;
}

/**
 * A person sees the appliances of their home, renames them and gives them away, and takes in one that shows a code and has
 * no home. A device sees itself, and reports. Administrators see all that have a home and enroll devices, but do to none
 * what its owner does. Nobody sees an unpaired one.
 */
export function visibleAppliances(viewer: Viewer) {
  if (isAdmin(viewer)) return { unpairedAt: { isNull: true as const } };
  if (viewer.kind === 'user') return { userId: viewer.id, unpairedAt: { isNull: true as const } };
  if (viewer.kind === 'device' && viewer.applianceId) return { id: viewer.applianceId };
  return NOTHING;
}

/**
 * A cook belongs for good to the person who owned the appliance at its start, whoever owns it later: that person sees it,
 * rates it, and notes something about it. A device begins cooks and reports them; it sees those that belong to its present
 * owner, and what it still has to report of earlier ones goes to whom they belong. Administrators see all.
 */
export function visibleSessions(viewer: Viewer) {
  if (isAdmin(viewer)) return {};
  if (viewer.kind === 'user') return { userId: viewer.id };
  if (viewer.kind === 'device' && viewer.applianceId && viewer.ownerId) {
    return { applianceId: viewer.applianceId, userId: viewer.ownerId };
  }
  return NOTHING;
}

/** People command the appliances of their own home alone, administrators too: those have `sendApplianceCommand`. */
export function commandableAppliances(viewer: Viewer) {
  return viewer.kind === 'user' ? { userId: viewer.id, unpairedAt: { isNull: true as const } } : NOTHING;
}

/** The same for cooks: what somebody else cooks is not theirs to stop. */
export function commandableSessions(viewer: Viewer) {
  return viewer.kind === 'user' ? { userId: viewer.id } : NOTHING;
}

/**
 * A command belongs for good to the home that the appliance was in when it was given. A device sees those of its present
 * home; administrators see all.
 */
export function visibleCommands(viewer: Viewer) {
  if (isAdmin(viewer)) return {};
  if (viewer.kind === 'user') return { userId: viewer.id };
  if (viewer.kind === 'device' && viewer.applianceId && viewer.ownerId) {
    return { applianceId: viewer.applianceId, userId: viewer.ownerId };
  }
  return NOTHING;
}

/**
 * What an appliance reported belongs to the home of the cook it was part of, and outside of cooks to the home that the
 * appliance was in when it came; a device sees what its present owner sees, administrators all.
 */
export function visibleApplianceEvents(viewer: Viewer) {
  if (isAdmin(viewer)) return {};
  const ownerId = viewer.kind === 'user' ? viewer.id : viewer.kind === 'device' ? viewer.ownerId : null;
  if (ownerId === null) return NOTHING;
  return {
    RAW: (event: typeof telemetryEvents) => sql`CASE
      WHEN ${event.sessionId} IS NULL
        THEN ${event.receivedAt} >= (SELECT paired_at FROM appliances WHERE id = ${event.applianceId})
      ELSE EXISTS (SELECT FROM cooking_sessions WHERE id = ${event.sessionId} AND user_id = ${ownerId}) END`,
  };
}

/**
 * People see and change themselves. Administrators see everybody, and decide who may sign in and who is one of them, as long
 * as one remains. A device sees nobody, not even its owner.
 */
export function visibleUsers(viewer: Viewer) {
  if (isAdmin(viewer)) return {};
  return viewer.kind === 'user' ? { id: viewer.id } : NOTHING;
}

/** Who wrote a recipe is the administrators' to know. */
export function visibleAuthors(viewer: Viewer) {
  return isAdmin(viewer) ? {} : NOTHING;
}

/** A person's own, those of a device's owner for the device; administrators see all. */
export function visiblePreferences(viewer: Viewer) {
  if (isAdmin(viewer)) return {};
  if (viewer.kind === 'user') return { userId: viewer.id };
  return viewer.kind === 'device' && viewer.ownerId ? { userId: viewer.ownerId } : NOTHING;
}

/** A person's own; administrators see all. */
export function visiblePushTokens(viewer: Viewer) {
  if (isAdmin(viewer)) return {};
  return viewer.kind === 'user' ? { userId: viewer.id } : NOTHING;
}

/**
 * The channels whose firmware a viewer may know: devices and administrators all, because a device says which one it
 * follows; people what is released to everybody.
 */
export function visibleChannels(viewer: Viewer): ('stable' | 'beta' | 'alpha')[] {
  if (isAdmin(viewer) || viewer.kind === 'device') return ['stable', 'beta', 'alpha'];
  return viewer.kind === 'user' ? ['stable'] : [];
}

/** Firmware of the channels that the viewer may know. */
export function visibleFirmware(viewer: Viewer) {
  return { channel: { in: visibleChannels(viewer) } };
}

/** The scopes that fields name. */
export const SCOPES = ['anyone', 'user', 'device', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export function isInScope(viewer: Viewer, scope: Scope): boolean {
  return scope === 'anyone' || (scope === 'admin' ? isAdmin(viewer) : viewer.kind === scope);
}

/** What a viewer is told who is not in the scope of a field. */
export function outOfScope(viewer: Viewer): DomainError {
  return viewer.kind === 'anonymous' ? unauthenticated() : forbidden();
}

export function requireScope(viewer: Viewer, scope: Scope): void {
  if (!isInScope(viewer, scope)) throw outOfScope(viewer);
}

export function isAdmin(viewer: Viewer): boolean {
  return viewer.kind === 'user' && viewer.role === 'admin';
}

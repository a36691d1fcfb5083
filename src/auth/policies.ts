import { sql } from 'drizzle-orm';
import type { telemetryEvents } from '../db/tables/index.js';
import type { Viewer } from './viewer.js';

/**
 * Who sees what, in one place. Each function is a filter that the queries for that noun add to their own: what it does
 * not let through does not exist for the viewer. The default is nothing.
 */

/** Matches no row. */
const NOTHING = { RAW: () => sql`false` };

/** Published recipes are public; administrators see drafts too; nobody sees what was deleted. */
export function visibleRecipes(viewer: Viewer) {
  return isAdmin(viewer) ? { deletedAt: { isNull: true as const } } : publishedRecipes();
}

/** What a copy of the catalogue holds, whoever asks for it. */
export function publishedRecipes() {
  return { isPublished: true, deletedAt: { isNull: true as const } };
}

/** What happened to recipes, drafts and deleted ones among them, is the administrators' to know. */
export function visibleRecipeEdits(viewer: Viewer) {
  return isAdmin(viewer) ? {} : NOTHING;
}

/** A person sees the appliances of their home, a device itself, administrators all; nobody sees an unpaired one. */
export function visibleAppliances(viewer: Viewer) {
  if (isAdmin(viewer)) return { unpairedAt: { isNull: true as const } };
  if (viewer.kind === 'user') return { userId: viewer.id, unpairedAt: { isNull: true as const } };
  if (viewer.kind === 'device' && viewer.applianceId) return { id: viewer.applianceId };
  return NOTHING;
}

/**
 * A cook belongs for good to the person who owned the appliance at its start, whoever owns it later. A device sees those
 * of its cooks that belong to its present owner; administrators see all.
 */
export function visibleSessions(viewer: Viewer) {
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

/** People see themselves, administrators everybody. */
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

export function isAdmin(viewer: Viewer): boolean {
  return viewer.kind === 'user' && viewer.role === 'admin';
}

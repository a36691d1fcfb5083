import { ValidationError } from '../errors.js';

/** The types that global ids can name. */
export const NODE_TYPES = [
  'User',
  'UserPreferences',
  'PushToken',
  'Appliance',
  'Recipe',
  'CookingSession',
  'ApplianceCommand',
  'FirmwareRelease',
] as const;
export type NodeType = (typeof NODE_TYPES)[number];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Global ids are `base64("Type:uuid")`. */
export function encodeGlobalId(type: string, id: string): string {
  return Buffer.from(`${type}:${id}`).toString('base64');
}

/** The type and UUID that a global id names; `undefined` for anything else. */
export function decodeGlobalId(globalId: string): { type: NodeType; id: string } | undefined {
  if (globalId.length > 200) return undefined;
  const [type, id, ...rest] = Buffer.from(globalId, 'base64').toString('utf8').split(':');
  const known = NODE_TYPES.find((name) => name === type);
  if (!known || id === undefined || rest.length > 0 || !isUuid(id)) return undefined;
  return { type: known, id: id.toLowerCase() };
}

/** The UUID that an id argument names: the global id of a `type`, or a raw UUID; `undefined` for anything else. */
export function readId(type: NodeType, value: string): string | undefined {
  if (isUuid(value)) return value.toLowerCase();
  const decoded = decodeGlobalId(value);
  return decoded?.type === type ? decoded.id : undefined;
}

/** Reads an id argument by itself. Throws a `ValidationError` naming `field`. */
export function parseId(type: NodeType, value: string, field: string): string {
  const id = readId(type, value);
  if (id === undefined) throw ValidationError.of(field, `must be the id of a ${type}`);
  return id;
}

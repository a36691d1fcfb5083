import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticator } from '../auth/authenticator.js';
import type { Services } from '../context.js';
import { forbidden, unauthenticated } from '../errors.js';
import { uploadCookingLogs } from '../resolvers/cooking-logs.js';
import { admit } from './admission.js';
import { readJson, sendFailure, sendJson } from './rest.js';

/** The names of a log's fields as a device keeps them, by those of the API. */
const NAMES = {
  sessionUuid: 'id',
  recipeId: 'recipe_id',
  startedAt: 'started_at',
  completedAt: 'completed_at',
  stagesLog: 'stages_log',
  peakTemperature: 'peak_temperature',
  totalDurationSeconds: 'total_duration_s',
} as const;
const STAGE_NAMES = { durationSeconds: 'duration_s', cvConfidence: 'cv_confidence' } as const;
const CUSTOMIZATION_NAMES = {
  spiceLevel: 'spice_level',
  saltLevel: 'salt_level',
  oilLevel: 'oil_level',
} as const;

/**
 * `POST /sessions`: a device uploads one log or a list of them, as its own table has them. Answers
 * `{ "synced": [ids], "rejected": [{ "id", "code", "message" }] }`.
 */
export async function uploadSessions(
  services: Services,
  authenticator: Authenticator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { limits } = services;
    const client = limits.clientOf(request);
    const viewer = await admit(request.headers.authorization, client, authenticator, limits);
    await limits.countRequest(viewer, client);
    if (viewer.kind === 'anonymous') throw unauthenticated();
    if (viewer.kind !== 'device') throw forbidden('Only a device uploads its logs.');
    const body = await readJson(request);
    const rows: unknown[] = Array.isArray(body) ? body : [body];
    const names = { ...NAMES, ...STAGE_NAMES, ...CUSTOMIZATION_NAMES };
    const { synced, rejected } = await uploadCookingLogs(services, viewer, rows.map(toInput), names);
    sendJson(response, 200, {
      synced,
      rejected: rejected.map(({ sessionUuid, code, message }) => ({ id: sessionUuid, code, message })),
    });
  } catch (error) {
    sendFailure(response, error, services.log);
  }
}

/** The row by the API's names. What is not of the expected form stays as it is: the rules refuse it. */
function toInput(row: unknown): unknown {
  if (!isRecord(row)) return row;
  const input = rename(row, NAMES);
  if (Array.isArray(input.stagesLog)) {
    input.stagesLog = input.stagesLog.map((stage) => (isRecord(stage) ? rename(stage, STAGE_NAMES) : stage));
  }
  if (isRecord(input.customizations)) {
    input.customizations = rename(input.customizations, CUSTOMIZATION_NAMES);
  }
  return input;
}

function rename(row: Record<string, unknown>, names: Record<string, string>): Record<string, unknown> {
  const input: Record<string, unknown> = { ...row };
  for (const [name, column] of Object.entries(names)) {
    input[name] = row[column];
    if (column !== name) delete input[column];
  }
  return input;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

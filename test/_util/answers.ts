import { expect } from 'vitest';
import type { GraphQLAnswer } from './server.js';

/** What must never leave the server inside an error: SQL, stacks, hosts, the names of tables and libraries. */
const SECRETS =
  /\b(select|insert|update|delete)\b.+\b(from|into|set)\b|Failed query|relation "|node_modules|\.[jt]s:\d|\bat .+\(|127\.0\.0\.1|localhost|ECONN|pothos|drizzle|\bpg\b|INTERNAL_ERROR/i;

export interface Refusal {
  code: unknown;
  /** The arguments that the details name, in their order. */
  fields: string[];
  message: string;
}

/** The one error of an answer that must be a refusal: it tells what is wrong, and nothing about the inside. */
export function refusalOf(answer: GraphQLAnswer<unknown>): Refusal {
  const text = JSON.stringify(answer);
  expect(answer.errors, text).toHaveLength(1);
  expect(JSON.stringify(answer.errors)).not.toMatch(SECRETS);
  const [error] = answer.errors as NonNullable<GraphQLAnswer['errors']>;
  const details = (error?.extensions.details ?? []) as { field: string; message: string }[];
  for (const { message } of details) expect(message).not.toBe('');
  return {
    code: error?.extensions.code,
    fields: details.map(({ field }) => field),
    message: error?.message ?? '',
  };
}

/** A `VALIDATION_ERROR` that names exactly these arguments. */
export function expectInvalid(answer: GraphQLAnswer<unknown>, ...fields: string[]): void {
  const { code, fields: named } = refusalOf(answer);
  expect(code, JSON.stringify(answer)).toBe('VALIDATION_ERROR');
  expect([...named].sort()).toEqual([...fields].sort());
}

/** An error with this code. */
export function expectCode(answer: GraphQLAnswer<unknown>, code: string): void {
  expect(refusalOf(answer).code, JSON.stringify(answer)).toBe(code);
}

/** Every data field of the answer is null, and there is no error: nothing here that the viewer may see. */
export function expectNothing(answer: GraphQLAnswer<unknown>): void {
  expect(answer.errors).toBeUndefined();
  for (const value of Object.values(answer.data ?? {})) expect(value).toBeNull();
}

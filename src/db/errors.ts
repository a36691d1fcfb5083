import pg from 'pg';

/** The error of PostgreSQL inside `error`: the query builder wraps it as a cause. */
export function databaseError(error: unknown): pg.DatabaseError | undefined {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (e instanceof pg.DatabaseError) return e;
  }
  return undefined;
}

/** Whether a statement failed because `constraint`, a unique index or constraint, holds the value already. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const violation = databaseError(error);
  return violation?.code === '23505' && (constraint === undefined || violation.constraint === constraint);
}

/**
 * SQLSTATEs that mean "not now": connection, resources, a statement that took too long, shutdown, standby, deadlock, a lock
 * that was not to be had.
 */
const UNAVAILABLE = /^(08|53|57P|57014|25006|40001|40P01|55P03)/;
/** What Node.js and pg say when no connection can be had, or none any more. */
const UNREACHABLE =
  /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|after calling end on the pool|Query read timeout/;

/** Whether the database cannot serve at present, so that trying again later makes sense. */
export function isUnavailable(error: unknown): boolean {
  const code = databaseError(error)?.code;
  if (code !== undefined) return UNAVAILABLE.test(code);
  for (let e = error; e instanceof Error; e = e.cause) {
    const { code: systemCode } = e as NodeJS.ErrnoException;
    if (UNREACHABLE.test(`${systemCode ?? ''} ${e.message}`)) return true;
    if (e instanceof AggregateError && e.errors.some(isUnavailable)) return true;
  }
  return false;
}

/** Whether a statement failed because a value cannot be read or stored as its type: a forged cursor, say. */
export function isInvalidValue(error: unknown): boolean {
  return /^(22P02|22P05|22003|22007|22008|22021)$/.test(databaseError(error)?.code ?? '');
}

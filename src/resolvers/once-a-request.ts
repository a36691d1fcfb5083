import { createContextCache } from '@pothos/core';
import type { Context } from '../context.js';

/**
 * What is made for a request when it is first asked for, and is the same for all who ask in it: a loader, something read.
 * A copy of a context is of the same request.
 */
export function onceARequest<T>(create: (context: Context) => T): (context: Context) => T {
  return createContextCache(create) as (context: Context) => T;
}

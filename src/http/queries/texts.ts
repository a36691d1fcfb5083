import { jsonText } from '../../db/json-columns.js';
import type { FieldPlan, ObjectPlan } from './plan.js';
import type { Hints } from './readers.js';

/**
 * How to read, as texts, the JSON columns that these rows of a table are asked for just as they are; `undefined` where there
 * are none. Texts go into the answer without being parsed and written again.
 */
export function textsOf(rows: readonly ObjectPlan[], table: string): Record<string, unknown> | undefined {
  const fields = rows.flatMap((row) => row.fields);
  const used = new Set(rows.flatMap(({ type }) => columnsOf(type.extensions)));
  for (const plan of fields) {
    if (!isJson(plan)) for (const name of columnsOf(plan.field?.extensions ?? {})) used.add(name);
  }
  const texts: Record<string, unknown> = {};
  for (const plan of fields) {
    const { pothosExposedField: name }: Hints = plan.field?.extensions ?? {};
    if (name === undefined || used.has(name) || !isJson(plan)) continue;
    const text = jsonText(table, name);
    if (text) texts[name] = text;
  }
  return Object.keys(texts).length > 0 ? texts : undefined;
}

/** Whether a field answers any JSON value. */
function isJson({ value }: FieldPlan): boolean {
  return value.kind === 'leaf' && value.type.name === 'JSON';
}

function columnsOf({ pothosDrizzleSelect: select }: Hints): string[] {
  return typeof select === 'object' && select !== null && 'columns' in select
    ? Object.keys(select.columns ?? {})
    : [];
}

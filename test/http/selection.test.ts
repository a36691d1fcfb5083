import fc from 'fast-check';
import {
  execute,
  type GraphQLObjectType,
  getNamedType,
  getVariableValues,
  isLeafType,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { fromByteString } from '../../src/http/byte-string.js';
import { compileSelection, Selections } from '../../src/http/selection.js';
import type { SkippedEvents } from '../../src/live/entries.js';
import type { JournalEvent, Payload } from '../../src/live/events.js';
import { schema } from '../../src/schema/index.js';

const TYPES = [
  'TemperatureEvent',
  'StageChangeEvent',
  'StatusEvent',
  'AlertEvent',
  'HeartbeatEvent',
  'EventsSkipped',
];
const leafFields = (type: string) =>
  Object.values((schema.getType(type) as GraphQLObjectType).getFields())
    .filter((field) => isLeafType(getNamedType(field.type)))
    .map(({ name }) => name);

const directive = fc.constantFrom('', ' @skip(if: $yes)', ' @include(if: $no)', ' @include(if: true)');
const field = (names: string[]) =>
  fc
    .tuple(fc.boolean(), fc.constantFrom('__typename', ...names), directive)
    .map(([alias, name, suffix]) => (alias ? `its_${name}: ${name}` : name) + suffix);
const common = ['id', 'cursor', 'sequence', 'recordedAt'];

/** Selections with aliases, fragments inside fragments, repeated fields and directives; some are not valid. */
const selections = fc
  .tuple(
    fc.array(field(common), { maxLength: 4 }),
    fc.array(
      fc
        .constantFrom(...TYPES)
        .chain((type) =>
          fc.tuple(
            fc.constant(type),
            fc.array(field(leafFields(type)), { minLength: 1, maxLength: 6 }),
            directive,
          ),
        ),
      { maxLength: 6 },
    ),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([fields, fragments, named, aliased]) => {
    const inline = fragments.map(([type, names, suffix]) => `... on ${type}${suffix} { ${names.join(' ')} }`);
    const spread = named ? '...Common ...Common' : '';
    return {
      query: `subscription ($yes: Boolean!, $no: Boolean = false) {
        ${aliased ? 'feed: ' : ''}cookingSessionEvents(sessionId: "x") { __typename ${fields.join(' ')} ${spread} ${inline.join(' ')} }
      } ${named ? 'fragment Common on SessionEvent { id ... on AlertEvent { code again: code } ... { cursor } }' : ''}`,
    };
  });

const text = fc.string({ unit: 'binary-ascii', maxLength: 20 });
const number = fc.oneof(fc.integer({ min: -50, max: 500 }), fc.double({ min: -50, max: 500, noNaN: true }));
const payloads: Record<JournalEvent['type'], fc.Arbitrary<object>> = {
  temperature: fc.record(
    {
      temperature: number,
      target_temperature: number,
      seconds_remaining: fc.double({ min: 0, max: 10_000, noNaN: true }),
      stir_active: fc.boolean(),
      stir_pattern: text,
      cv_confidence: number,
    },
    { requiredKeys: ['temperature'] },
  ),
  status: fc.record(
    { session_status: fc.constantFrom('cooking', 'error'), reason: text },
    { requiredKeys: [] },
  ),
  stage_change: fc.record({ stage_index: fc.nat(20), stage_name: fc.string() }),
  alert: fc.record({
    code: text,
    severity: fc.constantFrom('info', 'warning', 'critical'),
    message: fc.string({ unit: 'grapheme' }),
  }),
  heartbeat: fc.record({ uptime_seconds: number, wifi_rssi: number }, { requiredKeys: [] }),
};
const sessionId = '0190a1b2-0000-7000-8000-00000000000f';
const at = '2026-11-20T18:00:00.123456Z';
const entries: fc.Arbitrary<JournalEvent | SkippedEvents> = fc.oneof(
  ...Object.entries(payloads).map(([type, payload]) =>
    fc.record({
      kind: fc.constant('event' as const),
      sessionId: fc.constant(sessionId),
      type: fc.constant(type as JournalEvent['type']),
      sequence: fc.nat(),
      recordedAt: fc.constant(at),
      receivedAt: fc.constant(at),
      payload: payload as fc.Arbitrary<Payload>,
    }),
  ),
  fc.record({
    kind: fc.constant('skipped' as const),
    sessionId: fc.constant(sessionId),
    fromSequence: fc.nat(),
    toSequence: fc.nat(),
    skipReason: fc.constantFrom('RETENTION' as const, 'SLOW_READER' as const),
    recordedAt: fc.constant(at),
    receivedAt: fc.constantFrom(null, at),
  }),
);

/** What graphql-js makes of an entry. */
function interpret(query: string, variables: Record<string, unknown>, entry: object) {
  return execute({
    schema,
    document: parse(query),
    rootValue: entry,
    contextValue: { viewer: { kind: 'user' } },
    variableValues: variables,
  });
}

function compile(query: string, variables: Record<string, unknown>) {
  const document = parse(query);
  const operation = document.definitions[0] as OperationDefinitionNode;
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  return compileSelection(schema, document, operation, coerced ?? {});
}

describe('a compiled selection', () => {
  it('writes what graphql-js answers, whatever is selected of whatever entry', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(selections, entries, fc.boolean(), async ({ query }, entry, yes) => {
        fc.pre(validate(schema, parse(query)).length === 0);
        const written = compile(query, { yes })?.render(entry);
        const answer = await interpret(query, { yes }, entry);
        if (answer.errors) expect(written).toBeUndefined();
        else expect(fromByteString(String(written))).toBe(JSON.stringify(answer));
        compared += 1;
      }),
      { numRuns: 300 },
    );
    expect(compared).toBe(300);
  });

  it('keeps the order of the fields', async () => {
    const query =
      'subscription { f: cookingSessionEvents(sessionId: "x") { ... on AlertEvent { z: message code } cursor } }';
    const entry: JournalEvent = {
      kind: 'event',
      sessionId,
      type: 'alert',
      sequence: 1,
      recordedAt: at,
      receivedAt: at,
      payload: { code: 'POT_REMOVED', severity: 'warning', message: '"Hello" \u2028' },
    };
    expect(fromByteString(String(compile(query, {})?.render(entry)))).toBe(
      JSON.stringify(await interpret(query, {}, entry)),
    );
  });

  it('leaves to graphql-js a value that breaks the schema, and a type whose fields look something up', () => {
    const query =
      'subscription { cookingSessionEvents(sessionId: "x") { ... on SessionSnapshot { session { id } } ... on AlertEvent { code } } }';
    const broken = { kind: 'event', sessionId, type: 'alert', sequence: 1, recordedAt: at, payload: {} };
    expect(compile(query, {})?.render(broken)).toBeUndefined();
    const snapshot = { kind: 'snapshot', sessionId, sequence: 1, session: { id: 'x' } };
    expect(compile(query, {})?.render(snapshot)).toBeUndefined();
  });

  it('writes an entry once for all who share it', () => {
    const query = 'subscription { cookingSessionEvents(sessionId: "x") { ... on AlertEvent { code } } }';
    let reads = 0;
    const entry = {
      kind: 'event',
      sessionId,
      type: 'alert',
      sequence: 1,
      get payload() {
        reads += 1;
        return { code: 'POT_REMOVED' };
      },
    };
    const selection = compile(query, {});
    expect(selection?.render(entry)).toBe(selection?.render(entry));
    expect(reads).toBe(1);
  });

  it('keeps of what it wrote no more than those need who take it at about the same time', () => {
    const query = 'subscription { cookingSessionEvents(sessionId: "x") { ... on AlertEvent { message } } }';
    const selection = compile(query, {});
    let reads = 0;
    const alert = (sequence: number) => ({
      kind: 'event',
      sessionId,
      type: 'alert',
      sequence,
      get payload() {
        reads += 1;
        return { message: 'm'.repeat(1_000) };
      },
    });
    const entries = Array.from({ length: 200 }, (_, i) => alert(i + 1));
    for (const entry of entries) selection?.render(entry);
    expect(reads).toBe(200);
    const page = entries.slice(0, 60); // 60 KB fill a socket; 200 KB are too much to be kept
    for (let viewers = 0; viewers < 20; viewers++) for (const entry of page) selection?.render(entry);
    expect(reads).toBeGreaterThanOrEqual(260);
    expect(reads).toBeLessThanOrEqual(320); // room is made once, in the middle of a page perhaps
  });

  it('keeps little all together, however many selections there are and however short what they write', () => {
    const selections = new Selections(schema);
    let reads = 0;
    const entry = {
      kind: 'event',
      sessionId,
      type: 'alert',
      get sequence() {
        reads += 1;
        return 1;
      },
    };
    const render = (i: number, one: object) => {
      const document = parse(`subscription { e${i}: cookingSessionEvents(sessionId: "x") { sequence } }`);
      const selection = selections.get(document, document.definitions[0] as OperationDefinitionNode, {});
      selection?.render(one);
      return selection;
    };
    const first = render(0, entry);
    first?.render({ ...entry, sequence: 2 }); // so that it is not the last one
    first?.render(entry);
    const before = reads;
    for (let i = 1; i < 40; i++) for (let k = 0; k < 400; k++) render(i, { ...entry, sequence: k });
    reads = 0;
    first?.render(entry);
    expect({ before, after: reads }).toEqual({ before: 2, after: 1 });
  });

  it('is none where a directive is wrong, as graphql-js will say', () => {
    const query = `subscription ($x: Boolean = true) { cookingSessionEvents(sessionId: "x") { sequence @include(if: $x) } }`;
    const selection = compile(query, { x: null });
    expect(selection?.render({ kind: 'event', type: 'alert', sequence: 1 })).toBeUndefined();
    const atRoot = `subscription ($x: Boolean = true) { cookingSessionEvents(sessionId: "x") @include(if: $x) { sequence } }`;
    expect(compile(atRoot, { x: null })).toBeUndefined();
  });
});

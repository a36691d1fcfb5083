import {
  type GraphQLArgument,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import { schema } from '../../src/schema/index.js';

/**
 * Documents made from the schema itself, for tests of what holds for every field: a field, an argument or a type that is
 * added is in them without a word. What they cannot make throws, and says what must be told here.
 */

export type RootKind = 'query' | 'mutation' | 'subscription';
type Field = GraphQLField<unknown, unknown>;
type Argument = GraphQLArgument | GraphQLInputField;

/** Where a field is: at the root of an operation, or below an object that `node` finds. */
export interface FieldPlace {
  kind: RootKind;
  parent: GraphQLObjectType;
  field: Field;
}

/** A scalar somewhere inside the arguments of a field: `['input', 'events', 0, 'sessionId']`. */
export interface InputPlace {
  path: readonly (string | number)[];
  /** Of the innermost argument. */
  name: string;
  scalar: string;
}

const nodeType = schema.getType('Node');
if (!isInterfaceType(nodeType)) throw new Error('there is no Node');

/** The types that `node` may find. */
export const NODE_TYPES: readonly GraphQLObjectType[] = schema.getPossibleTypes(nodeType);

export function isNode(type: GraphQLNamedType): type is GraphQLObjectType {
  return isObjectType(type) && NODE_TYPES.includes(type);
}

export function rootFields(kind: RootKind): FieldPlace[] {
  const parent = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  }[kind];
  return parent ? Object.values(parent.getFields()).map((field) => ({ kind, parent, field })) : [];
}

/** Every field with arguments: those at the roots, and those of every type that `node` finds. */
export function fieldsWithArguments(): FieldPlace[] {
  const below = NODE_TYPES.flatMap((parent) =>
    Object.values(parent.getFields()).map((field): FieldPlace => ({ kind: 'query', parent, field })),
  );
  return [...rootFields('query'), ...rootFields('mutation'), ...rootFields('subscription'), ...below].filter(
    ({ field }) => field.args.length > 0,
  );
}

export function nameOf({ parent, field }: FieldPlace): string {
  return `${parent.name}.${field.name}`;
}

/** Who may use a field at the root, as the schema declares it: `anyone`, `user`, `device`, `admin`. */
export function scopesOf({ field }: FieldPlace): string[] {
  const { authScopes } = (field.extensions.pothosOptions ?? {}) as { authScopes?: Record<string, unknown> };
  return Object.entries(authScopes ?? {}).flatMap(([name, value]) =>
    name === '$any' ? Object.keys(value as object) : value === true ? [name] : [`${name}: ${String(value)}`],
  );
}

/** Every scalar inside the arguments of a field. */
export function inputPlaces({ field }: FieldPlace): InputPlace[] {
  return field.args.flatMap((arg) => placesIn(arg, [arg.name]));
}

function placesIn(argument: Argument, path: InputPlace['path']): InputPlace[] {
  const listed = isListType(getNullableType(argument.type)) ? [...path, 0] : path;
  const type = getNamedType(argument.type);
  if (path.length > 12) throw new Error(`inputs are nested without an end: ${path.join('.')}`);
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).flatMap((inner) => placesIn(inner, [...listed, inner.name]));
  }
  return isEnumType(type) ? [] : [{ path: listed, name: argument.name, scalar: type.name }];
}

/** A global id for an `ID` argument. */
export type IdSource = (place: { parent: string; field: string; name: string }) => string;

/** What an argument of that name must look like, where any text or number would be refused for its form alone. */
const SAMPLES: Record<string, unknown> = {
  email: 'somebody@epicura.example',
  password: 'long enough 1',
  currentPassword: 'long enough 1',
  newPassword: 'long enough 2',
  pairingCode: '123456',
  sessionUuid: '00000000-0000-4000-8000-000000000001',
  deviceId: 'EPIC-SAMPLE',
  serialNumber: 'SN-SAMPLE',
  wifiMac: '02:00:5e:10:00:01',
  firmwareVersionCm5: '1.0.0',
  firmwareVersionStm32: '1.0.0',
  version: '1.0.0',
  minVersion: '1.0.0',
  currentVersion: '1.0.0',
  binaryUrl: 'https://firmware.epicura.example/cm5.bin',
  checksumSha256: 'a'.repeat(64),
  imageUrl: 'https://images.epicura.example/dal.jpg',
  language: 'en_IN',
  from: new Date(Date.now() - 7 * 86_400_000).toISOString(),
  to: new Date(Date.now() + 3_600_000).toISOString(),
  recipeData: { name: 'Dal', stages: [{ name: 'Heat Oil', temp_target: 180, duration_seconds: 60 }] },
};

/** Variables for a field: all that is required, and what lies at `place`, which gets `value`. */
export function variablesFor(
  { parent, field }: FieldPlace,
  idFor: IdSource,
  place?: Pick<InputPlace, 'path'>,
  value?: unknown,
): Record<string, unknown> {
  const sample = (argument: Argument, path: InputPlace['path'] | undefined): unknown => {
    const isHere = path !== undefined && path.length === 0;
    if (isHere) return value;
    return sampleOf(argument.type, argument.name, path);
  };
  const sampleOf = (type: GraphQLInputType, name: string, path: InputPlace['path'] | undefined): unknown => {
    if (path !== undefined && path.length === 0) return value;
    const inner = getNullableType(type);
    if (isListType(inner)) return [sampleOf(inner.ofType, name, path?.slice(1))];
    if (isInputObjectType(inner)) {
      const fields = Object.values(inner.getFields());
      const wanted = fields.filter(
        (one) => one.name === path?.[0] || (isRequiredInputField(one) && !inner.isOneOf),
      );
      const chosen = inner.isOneOf && wanted.length === 0 ? fields.slice(0, 1) : wanted;
      return Object.fromEntries(
        chosen.map((one) => [one.name, sample(one, one.name === path?.[0] ? path.slice(1) : undefined)]),
      );
    }
    if (isEnumType(inner)) return (inner as GraphQLEnumType).getValues()[0]?.name;
    return scalarSample(inner.name, name);
  };
  const scalarSample = (scalar: string, name: string): unknown => {
    if (scalar === 'ID') return idFor({ parent: parent.name, field: field.name, name });
    if (scalar === 'Int' || scalar === 'Float') return 1;
    if (name in SAMPLES) return SAMPLES[name];
    if (scalar === 'Boolean') return true;
    if (scalar === 'DateTime') return new Date().toISOString();
    if (scalar === 'Date') return new Date().toISOString().slice(0, 10);
    if (scalar === 'String') return 'text';
    if (scalar === 'JSON') return {};
    throw new Error(`scalarSample: what does a ${scalar} look like?`);
  };
  return Object.fromEntries(
    field.args
      .filter((arg) => isRequiredArgument(arg) || arg.name === place?.path[0])
      .map((arg) => [arg.name, sample(arg, arg.name === place?.path[0] ? place.path.slice(1) : undefined)]),
  );
}

/** A document that asks for a field, with everything that `variables` names. Below a node, `nodeId` says of which. */
export function documentFor(place: FieldPlace, variables: object, below: 'id' | null = null): string {
  const { kind, parent, field } = place;
  const args = field.args.filter(({ name }) => name in variables);
  const isRoot = below === null;
  const declared = [
    ...args.map(({ name, type }) => `$${name}: ${String(type)}`),
    ...(isRoot ? [] : ['$nodeId: ID!']),
  ];
  const call = args.length > 0 ? `(${args.map(({ name }) => `${name}: $${name}`).join(', ')})` : '';
  const selected = `${field.name}${call}${selectionOf(field.type)}`;
  const head = `${kind}${declared.length > 0 ? ` (${declared.join(', ')})` : ''}`;
  return isRoot
    ? `${head} { ${selected} }`
    : `${head} { node(id: $nodeId) { ... on ${parent.name} { __typename ${selected} } } }`;
}

/** Everything of a node itself; of the nodes that it leads to, type and id. */
export function nodeDocument({ name }: GraphQLObjectType): string {
  const type = schema.getType(name) as GraphQLObjectType;
  return `query ($id: ID!) { node(id: $id) { ... on ${name} ${fieldsOf(type, 'whole')} } }`;
}

/** What to select of a value: everything down to the next nodes, and type and id of those. */
export function selectionOf(type: GraphQLOutputType): string {
  const named = getNamedType(type);
  return isLeafType(named) ? '' : ` ${fieldsOf(named, 'reference')}`;
}

function fieldsOf(type: GraphQLNamedType, how: 'whole' | 'reference', above: readonly string[] = []): string {
  if (type.name === 'Node' || (how === 'reference' && isNode(type))) return '{ __typename id }';
  if (above.includes(type.name)) throw new Error(`${type.name} holds itself, and is no node`);
  if (isAbstractType(type)) return abstractFields(type, above);
  if (!isObjectType(type)) throw new Error(`${type.name} has no fields`);
  const parts = Object.values(type.getFields()).map((field) => partOf(field, [...above, type.name]));
  return `{ __typename ${parts.join(' ')} }`;
}

function partOf(field: Field, above: readonly string[], name = field.name): string {
  const named = getNamedType(field.type);
  const required = field.args.filter(isRequiredArgument).map((arg) => `${arg.name}: ${literalFor(arg)}`);
  const called = required.length > 0 ? `${name}(${required.join(', ')})` : name;
  return isLeafType(named) ? called : `${called} ${fieldsOf(named, 'reference', above)}`;
}

function literalFor({ name, type }: Argument): string {
  const inner = getNullableType(type);
  if (isEnumType(inner)) return String(inner.getValues()[0]?.name);
  if (String(inner) === 'Int' || String(inner) === 'Float') return '1';
  throw new Error(`literalFor: ${name} is a ${String(type)}`);
}

/** All fields of all types behind an abstract one; those of the same name but another type by another name. */
function abstractFields(type: GraphQLNamedType, above: readonly string[]): string {
  if (!isAbstractType(type)) return '';
  const typeOfName = new Map<string, string>();
  const fragments = schema.getPossibleTypes(type).map((possible) => {
    const parts = Object.values(possible.getFields()).map((field) => {
      const known = typeOfName.get(field.name) ?? String(field.type);
      typeOfName.set(field.name, known);
      const differs = known !== String(field.type);
      return partOf(field, [...above, type.name], differs ? `${field.name}_: ${field.name}` : field.name);
    });
    return `... on ${possible.name} { ${parts.join(' ')} }`;
  });
  return `{ __typename ${fragments.join(' ')} }`;
}

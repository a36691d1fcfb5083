import { getSchemaConfig, queryFromInfo } from '@pothos/plugin-drizzle';
import type { GraphQLResolveInfo } from 'graphql';
import {
  visibleAppliances,
  visibleCommands,
  visibleFirmware,
  visiblePreferences,
  visiblePushTokens,
  visibleRecipes,
  visibleSessions,
  visibleUsers,
} from '../auth/policies.js';
import type { Viewer } from '../auth/viewer.js';
import type { Context } from '../context.js';
import { ValidationError } from '../errors.js';
import { decodeGlobalId, type NodeType } from '../resolvers/ids.js';
import { builder } from './builder.js';

/** Most ids that `nodes` takes at once. */
const MAX_NODES = 100;

type Row = { id: string };
type Query = Record<string, unknown>;
interface NodeTable {
  visible: (viewer: Viewer) => object;
  find: (context: Context, query: Query) => Promise<Row[]>;
}

/** Where the nodes of a type are, and which of them a viewer sees. A type that is not here has no nodes. */
const TABLES: Partial<Record<NodeType, NodeTable>> = {
  User: { visible: visibleUsers, find: ({ db }, query) => db.orm.query.users.findMany(query) },
  UserPreferences: {
    visible: visiblePreferences,
    find: ({ db }, query) => db.orm.query.userPreferences.findMany(query),
  },
  PushToken: { visible: visiblePushTokens, find: ({ db }, query) => db.orm.query.pushTokens.findMany(query) },
  Appliance: { visible: visibleAppliances, find: ({ db }, query) => db.orm.query.appliances.findMany(query) },
  Recipe: { visible: visibleRecipes, find: ({ db }, query) => db.orm.query.recipes.findMany(query) },
  CookingSession: {
    visible: visibleSessions,
    find: ({ db }, query) => db.orm.query.cookingSessions.findMany(query),
  },
  ApplianceCommand: {
    visible: visibleCommands,
    find: ({ db }, query) => db.orm.query.applianceCommands.findMany(query),
  },
  FirmwareRelease: {
    visible: visibleFirmware,
    find: ({ db }, query) => db.orm.query.firmwareReleases.findMany(query),
  },
};

/**
 * The nodes of one type that the viewer may see, by id, with just the columns that the client asked for: one statement,
 * the policy part of it. What does not exist and what the viewer may not see is missing alike.
 */
async function loadNodes(
  type: NodeType,
  ids: readonly string[],
  context: Context,
  info: GraphQLResolveInfo,
): Promise<Map<string, Row & { __typename: string }>> {
  const table = TABLES[type];
  if (!table) return new Map();
  const rows = await table.find(context, {
    ...queryFromInfo({
      config: getSchemaConfig(builder),
      context,
      info,
      typeName: type,
      columns: { id: true },
    }),
    where: { AND: [{ id: { in: [...ids] } }, table.visible(context.viewer)] },
  });
  return new Map(rows.map((row) => [row.id, { ...row, __typename: type }]));
}

const Node = builder.nodeInterfaceRef();

builder.queryField('node', (t) =>
  t.field({
    type: Node,
    authScopes: { anyone: true },
    description: 'The object with this global id; null when there is none that the viewer may see.',
    args: { id: t.arg.id({ required: true, description: 'A global id.' }) },
    resolve: async (_root, { id }, context, info) => {
      const decoded = decodeGlobalId(id);
      if (!decoded) throw ValidationError.of('id', 'must be a global id');
      return (await loadNodes(decoded.type, [decoded.id], context, info)).get(decoded.id);
    },
  }),
);

builder.queryField('nodes', (t) =>
  t.field({
    type: [Node],
    nullable: { list: false, items: true },
    authScopes: { anyone: true },
    description:
      'The objects with these global ids, in their order, with null for each that the viewer may not see.',
    args: {
      ids: t.arg.idList({ required: true, description: `Global ids, at most ${MAX_NODES}.` }),
    },
    resolve: async (_root, { ids }, context, info) => {
      if (ids.length > MAX_NODES) throw ValidationError.of('ids', `must be at most ${MAX_NODES}`);
      const decoded = ids.map((id) => decodeGlobalId(id));
      const byType = new Map<NodeType, string[]>();
      for (const node of decoded) {
        if (node) byType.set(node.type, [...(byType.get(node.type) ?? []), node.id]);
      }
      const found = new Map(
        await Promise.all(
          [...byType].map(async ([type, own]) => [type, await loadNodes(type, own, context, info)] as const),
        ),
      );
      return decoded.map((node, i) =>
        node
          ? (found.get(node.type)?.get(node.id) ?? null)
          : ValidationError.of(`ids.${i}`, 'must be a global id'),
      ) as (Row | null)[];
    },
  }),
);

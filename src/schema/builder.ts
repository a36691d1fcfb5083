import SchemaBuilder from '@pothos/core';
import DrizzlePlugin from '@pothos/plugin-drizzle';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { getTableConfig } from 'drizzle-orm/pg-core';
import { isInScope, outOfScope, type Scope } from '../auth/policies.js';
import type { DeviceViewer, UserViewer } from '../auth/viewer.js';
import type { Context } from '../context.js';
import { relations } from '../db/relations.js';
import type { Instant } from '../instant.js';
import { decodeGlobalId, encodeGlobalId } from '../resolvers/ids.js';
import { DEFAULT_PAGE, MAX_PAGE, pageRulesPlugin } from './page-rules.js';
import { rowsPlugin } from './rows.js';

/** The one schema builder. It defines no types: those are in the files beside it, one noun each. */
export const builder = new SchemaBuilder<{
  Context: Context;
  DrizzleRelations: typeof relations;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Instant; Output: Instant };
    Date: { Input: string; Output: string };
    JSON: { Input: unknown; Output: unknown };
  };
  AuthScopes: Record<Scope, boolean>;
  AuthContexts: {
    user: Context & { viewer: UserViewer };
    device: Context & { viewer: DeviceViewer };
    admin: Context & { viewer: UserViewer };
  };
}>({
  plugins: [pageRulesPlugin, ScopeAuthPlugin, RelayPlugin, DrizzlePlugin, rowsPlugin],
  drizzle: {
    client: (context) => context.db.orm,
    getTableConfig,
    relations,
    defaultConnectionSize: DEFAULT_PAGE,
    maxConnectionSize: MAX_PAGE,
  },
  relay: {
    cursorType: 'String',
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    encodeGlobalID: (type, id) => encodeGlobalId(type, String(id)),
    decodeGlobalID: (globalId) => {
      const decoded = decodeGlobalId(globalId);
      return { typename: decoded?.type ?? '', id: decoded?.id ?? '' };
    },
    nodeTypeOptions: { description: 'Anything that has a global id and can be fetched again by it.' },
    idFieldOptions: { description: 'The global id.' },
    pageInfoTypeOptions: { description: 'Where a page stands in its connection.' },
    pageInfoFieldOptions: { description: 'Where this page stands.' },
    hasNextPageFieldOptions: { description: 'Whether there is more after this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether there is more before this page.' },
    startCursorFieldOptions: { description: 'The cursor of the first edge; null on an empty page.' },
    endCursorFieldOptions: { description: 'The cursor of the last edge; null on an empty page.' },
    edgesFieldOptions: { description: 'The page, in order.' },
    cursorFieldOptions: { description: 'Where this edge stands; for `after` and `before`.' },
    nodeFieldOptions: { description: 'The object at this place.' },
    firstArgOptions: {
      description: `The first so many, at most ${MAX_PAGE}; ${DEFAULT_PAGE} when nothing is said.`,
    },
    afterArgOptions: { description: 'Only what comes after this cursor.' },
    lastArgOptions: { description: `The last so many, at most ${MAX_PAGE}.` },
    beforeArgOptions: { description: 'Only what comes before this cursor.' },
  },
  scopeAuth: {
    authorizeOnSubscribe: true,
    authScopes: ({ viewer }) => ({
      anyone: isInScope(viewer, 'anyone'),
      user: isInScope(viewer, 'user'),
      device: isInScope(viewer, 'device'),
      admin: isInScope(viewer, 'admin'),
    }),
    unauthorizedError: (_parent, { viewer }) => outOfScope(viewer),
  },
});

builder.queryType({ description: 'Everything that can be read.' });
builder.mutationType({ description: 'Everything that can be done.' });
builder.subscriptionType({ description: 'Everything that can be watched live.' });

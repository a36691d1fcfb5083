import { getSchemaConfig, queryFromInfo } from '@pothos/plugin-drizzle';
import { visibleAppliances, visiblePreferences, visibleSessions, visibleUsers } from '../auth/policies.js';
import { appliances } from '../db/tables/index.js';
import { applianceConditions } from '../resolvers/administrator-lists.js';
import { shownStatus } from '../resolvers/appliance-status.js';
import { watchedAppliances } from '../resolvers/appliance-watching.js';
import { pairAppliance } from '../resolvers/appliances.js';
import { parseId } from '../resolvers/ids.js';
import { newestStartFirst, sessionConditions } from '../resolvers/session-list.js';
import { builder } from './builder.js';
import { defineConnection } from './connections.js';
import {
  CookingSessionFilter,
  cookingSessionConnection,
  cookingSessionEdge,
} from './cooking-session-list.js';
import { ApplianceStatus } from './enums.js';

export const Appliance = builder.drizzleNode('appliances', {
  name: 'Appliance',
  id: { column: (appliance) => appliance.id, description: 'The global id.' },
  description: 'A kitchen robot that belongs to a home.',
  select: { columns: { id: true } },
  fields: (t) => ({
    deviceId: t.exposeString('deviceId', {
      nullable: false,
      description: 'The id that is printed on it: EPIC-001.',
    }),
    serialNumber: t.exposeString('serialNumber', { nullable: false, description: "The factory's number." }),
    name: t.string({
      nullable: false,
      description: 'What the home calls it.',
      select: { columns: { name: true } },
      resolve: ({ name }) => name ?? 'My Epicura',
    }),
    firmwareVersionCm5: t.exposeString('firmwareVersionCm5', {
      description: 'What runs on its Linux module.',
    }),
    firmwareVersionStm32: t.exposeString('firmwareVersionStm32', {
      description: 'What runs on its microcontroller.',
    }),
    wifiMac: t.exposeString('wifiMac', { description: 'The address of its Wi-Fi module.' }),
    status: t.field({
      type: ApplianceStatus,
      nullable: false,
      description: 'What it is doing; OFFLINE after 90 seconds of silence.',
      select: { columns: { status: true, lastSeenAt: true } },
      resolve: shownStatus,
    }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime', description: 'When it was last heard of.' }),
    pairedAt: t.expose('pairedAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When it came to this home.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When it was first paired.',
    }),
    owner: t.relation('owner', {
      nullable: true,
      description: 'Whose home it is in.',
      query: (_args, { viewer }) => ({ where: visibleUsers(viewer) }),
    }),
    ownerPreferences: t.relation('ownerPreferences', {
      description: 'How its owner likes to cook; for the appliance itself and its owner.',
      query: (_args, { viewer }) => ({ where: visiblePreferences(viewer) }),
    }),
    currentSession: t.relation('currentSession', {
      description: 'The cook that goes on; null when it is idle.',
      query: (_args, { viewer }) => ({ where: visibleSessions(viewer), orderBy: newestStartFirst }),
    }),
    cookingSessions: t.relatedConnection(
      'cookingSessions',
      {
        nullable: true,
        description: 'What was cooked on it, the newest start first.',
        args: { filter: t.arg({ type: CookingSessionFilter, description: 'Which ones.' }) },
        query: (args, context) => ({ where: sessionConditions(context, args), orderBy: newestStartFirst }),
      },
      cookingSessionConnection,
      cookingSessionEdge,
    ),
  }),
});

export const { connection: applianceConnection, edge: applianceEdge } = defineConnection(Appliance, {
  name: 'Appliance',
  noun: 'appliance',
  table: 'appliances',
  conditions: applianceConditions,
  parents: { User: appliances.userId },
});

builder.queryFields((t) => ({
  appliance: t.drizzleField({
    type: Appliance,
    authScopes: { anyone: true },
    description: 'An appliance by its id; null when there is none that the viewer may see.',
    args: { id: t.arg.id({ required: true, description: 'A global id or a UUID.' }) },
    resolve: (query, _root, { id }, { db, viewer }) =>
      db.orm.query.appliances.findFirst(
        query({ where: { AND: [{ id: parseId('Appliance', id, 'id') }, visibleAppliances(viewer)] } }),
      ),
  }),
  thisAppliance: t.drizzleField({
    type: Appliance,
    authScopes: { anyone: true },
    description: "The calling device's appliance; null for a person, and for a device that is not paired.",
    resolve: async (query, _root, _args, { db, viewer }) =>
      viewer.kind === 'device' && viewer.applianceId
        ? db.orm.query.appliances.findFirst(query({ where: { id: viewer.applianceId } }))
        : null,
  }),
}));

const PairApplianceInput = builder.inputType('PairApplianceInput', {
  description: 'Which device is paired.',
  fields: (t) => ({
    pairingCode: t.string({ required: true, description: 'The six digits on its screen.' }),
    name: t.string({ description: 'What to call it; "My Epicura" when nothing is said.' }),
  }),
});

export const AppliancePayload = builder.objectRef<{ applianceId: string }>('AppliancePayload').implement({
  description: 'An appliance that was changed.',
  fields: (t) => ({
    appliance: t.drizzleField({
      type: Appliance,
      nullable: false,
      description: 'As it is now.',
      resolve: async (query, { applianceId }, _args, { db }) => {
        const found = await db.orm.query.appliances.findFirst(query({ where: { id: applianceId } }));
        return found as NonNullable<typeof found>;
      },
    }),
  }),
});

builder.mutationField('pairAppliance', (t) =>
  t.withAuth({ user: true }).field({
    type: AppliancePayload,
    description: "Brings the appliance that shows this code into the viewer's home.",
    args: { input: t.arg({ type: PairApplianceInput, required: true, description: 'Which device.' }) },
    resolve: async (_root, { input }, context) => ({
      applianceId: await pairAppliance(context, context.viewer, context.client, input),
    }),
  }),
);

builder.subscriptionField('applianceUpdated', (t) =>
  t.withAuth({ $any: { user: true, device: true } }).field({
    type: Appliance,
    description:
      'The current state at once, then each change, of one appliance of the viewer or of all of them. ' +
      'A bare heartbeat is no change.',
    args: { applianceId: t.arg.id({ description: 'One appliance; all of the home when nothing is said.' }) },
    subscribe: (_root, { applianceId }, context) => watchedAppliances(context, context.viewer, applianceId),
    resolve: (id, _args, context, info) =>
      context.db.orm.query.appliances.findFirst({
        ...queryFromInfo({ config: getSchemaConfig(builder), context, info, columns: { id: true } }),
        where: { AND: [{ id }, visibleAppliances(context.viewer)] },
      }),
  }),
);

import { visibleApplianceEvents, visibleSessions } from '../auth/policies.js';
import { encodeGlobalId } from '../resolvers/ids.js';
import { shortList } from '../resolvers/rules.js';
import { builder } from './builder.js';
import { EventType } from './enums.js';

const ApplianceEvent = builder.drizzleObject('telemetryEvents', {
  name: 'ApplianceEvent',
  description: 'Something that an appliance reported, inside a cook or outside.',
  select: { columns: { id: true, recordedAt: true } },
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'Tells events apart, in a cache say.',
      resolve: ({ id }) => encodeGlobalId('ApplianceEvent', String(id)),
    }),
    type: t.expose('eventType', { type: EventType, nullable: false, description: 'What it tells of.' }),
    recordedAt: t.expose('recordedAt', {
      type: 'DateTime',
      nullable: false,
      description: "When it happened, by the device's clock.",
    }),
    payload: t.expose('payload', {
      type: 'JSON',
      nullable: false,
      description: 'The reading as it is stored, its names in snake_case.',
    }),
    session: t.relation('session', {
      description: 'The cook it belongs to; null outside a cook.',
      query: (_args, { viewer }) => ({ where: visibleSessions(viewer) }),
    }),
  }),
});

builder.drizzleObjectFields('appliances', (t) => ({
  events: t.relatedConnection(
    'events',
    {
      type: ApplianceEvent,
      nullable: true,
      description: 'Everything the appliance reported, inside cooks and outside, the newest first.',
      args: { types: t.arg({ type: [EventType], description: 'Only these.' }) },
      query: ({ types }, { viewer }) => ({
        where: {
          AND: [
            visibleApplianceEvents(viewer),
            ...(types ? [{ eventType: { in: shortList('types', types) } }] : []),
          ],
        },
        orderBy: { recordedAt: 'desc', id: 'desc' },
      }),
    },
    { name: 'ApplianceEventConnection', description: 'A page of events of an appliance.' },
    { name: 'ApplianceEventEdge', description: 'An event in its place.' },
  ),
}));

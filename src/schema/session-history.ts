import type { TemperaturePoint } from '../live/history.js';
import {
  alertColumns,
  eventColumns,
  pageEvents,
  readAlerts,
  temperatureSeries,
} from '../resolvers/session-history.js';
import { builder } from './builder.js';
import { EventType } from './enums.js';
import { AlertEvent, SessionEvent } from './session-event.js';

/** What a cook left behind: its journal, its alerts, its curve. */

const TemperaturePointType = builder.objectRef<TemperaturePoint>('TemperaturePoint').implement({
  description: "A point of a cook's curve.",
  fields: (t) => ({
    sequence: t.exposeInt('sequence', { nullable: false, description: 'The event that it was read from.' }),
    recordedAt: t.expose('recordedAt', {
      type: 'DateTime',
      nullable: false,
      description: "When it was read, by the device's clock.",
    }),
    temperature: t.exposeFloat('temperature', {
      nullable: false,
      description: 'The surface of the pot, in °C.',
    }),
    targetTemperature: t.exposeFloat('targetTemperature', { description: 'Where it was heated to, in °C.' }),
  }),
});

builder.drizzleObjectFields('cookingSessions', (t) => ({
  events: t.connection(
    {
      type: SessionEvent,
      description: 'The stored journal of the session, in order.',
      args: { types: t.arg({ type: [EventType], description: 'Only these.' }) },
      select: { columns: { id: true } },
      extensions: { rowExtras: eventColumns },
      resolve: (session, args, context) => pageEvents(context, session, args) as never,
    },
    {
      name: 'SessionEventConnection',
      description: 'A page of a journal.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many there are in all.',
          resolve: (page) => (page as unknown as { totalCount: () => Promise<number> }).totalCount(),
        }),
      }),
    },
    { name: 'SessionEventEdge', description: 'An event in its place.' },
  ),
  temperatureSeries: t.field({
    type: [TemperaturePointType],
    nullable: false,
    description: "At most `points` points that keep the curve's shape.",
    args: { points: t.arg.int({ defaultValue: 200, description: 'How many, from 2 to 2000.' }) },
    select: { columns: { id: true } },
    resolve: ({ id }, { points }, context) => temperatureSeries(context, id, points ?? 200),
  }),
  alerts: t.field({
    type: [AlertEvent],
    nullable: false,
    description: 'What somebody should have known, in the order of the journal.',
    select: { columns: { id: true } },
    extensions: { rowExtras: alertColumns },
    resolve: (session, _args, context) => readAlerts(context, session),
  }),
}));

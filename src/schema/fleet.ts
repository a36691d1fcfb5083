import { applianceConditions, newestPairingFirst } from '../resolvers/administrator-lists.js';
import { type EnrolledDevice, enrollAppliances, MAX_ENROLLED } from '../resolvers/enrolment.js';
import { encodeGlobalId } from '../resolvers/ids.js';
import { unpairAppliance } from '../resolvers/unpairing.js';
import { Appliance, applianceConnection, applianceEdge } from './appliance.js';
import { builder } from './builder.js';
import { ApplianceStatus } from './enums.js';

/** How appliances come and go: enrolled by their factory, watched by administrators, given away by their owners. */

builder.queryField('appliances', (t) =>
  t.drizzleConnection(
    {
      type: Appliance,
      authScopes: { admin: true },
      description: 'For administrators: all appliances that have a home, the newest pairing first.',
      args: {
        search: t.arg.string({
          description:
            'Words of device id, serial number or name; one or two letters are looked for at the beginning only.',
        }),
        status: t.arg({ type: ApplianceStatus, description: 'What they show at present.' }),
        firmwareVersion: t.arg.string({ description: 'With this version on either of their two parts.' }),
        silentSince: t.arg({
          type: 'DateTime',
          description: 'Offline, and not heard of since then, or never.',
        }),
      },
      resolve: (query, _root, args, context) =>
        context.db.orm.query.appliances.findMany(
          query({ where: applianceConditions(context, args), orderBy: newestPairingFirst } as object),
        ),
    },
    applianceConnection,
    applianceEdge,
  ),
);

const EnrollApplianceInput = builder.inputType('EnrollApplianceInput', {
  description: 'A device as it leaves the factory.',
  fields: (t) => ({
    deviceId: t.string({ required: true, description: 'The id that is printed on it: EPIC-001.' }),
    serialNumber: t.string({ required: true, description: "The factory's number." }),
  }),
});

const EnrollAppliancesInput = builder.inputType('EnrollAppliancesInput', {
  description: 'Devices that may register.',
  fields: (t) => ({
    appliances: t.field({
      type: [EnrollApplianceInput],
      required: true,
      description: `At most ${MAX_ENROLLED}, none of them twice.`,
    }),
  }),
});

const EnrolledAppliance = builder.objectRef<EnrolledDevice>('EnrolledAppliance').implement({
  description: 'A device with its secret.',
  fields: (t) => ({
    deviceId: t.exposeString('deviceId', { nullable: false, description: 'Which one.' }),
    registrationSecret: t.exposeString('registrationSecret', {
      nullable: false,
      description: 'What it registers with, once. It is shown only now.',
    }),
  }),
});

const EnrollAppliancesPayload = builder.objectRef<EnrolledDevice[]>('EnrollAppliancesPayload').implement({
  description: 'What the factory writes into the devices.',
  fields: (t) => ({
    enrolled: t.field({
      type: [EnrolledAppliance],
      nullable: false,
      description: 'In the order of the input.',
      resolve: (devices) => devices,
    }),
  }),
});

const UnpairApplianceInput = builder.inputType('UnpairApplianceInput', {
  description: 'Which appliance goes.',
  fields: (t) => ({ applianceId: t.id({ required: true, description: 'A global id or a UUID.' }) }),
});

const UnpairAppliancePayload = builder.objectRef<string>('UnpairAppliancePayload').implement({
  description: 'An appliance that has left the home.',
  fields: (t) => ({
    unpairedId: t.id({
      nullable: false,
      description: 'Its global id, to forget it by.',
      resolve: (id) => encodeGlobalId('Appliance', id),
    }),
  }),
});

builder.mutationFields((t) => ({
  enrollAppliances: t.withAuth({ admin: true }).field({
    type: EnrollAppliancesPayload,
    description:
      'Makes devices known, each with a secret that lets it register once. One that is known starts anew: its token is ' +
      'void at once, it registers with the new secret, and its home stays.',
    args: { input: t.arg({ type: EnrollAppliancesInput, required: true, description: 'Which devices.' }) },
    resolve: (_root, { input }, context) => enrollAppliances(context, input),
  }),
  unpairAppliance: t.withAuth({ user: true }).field({
    type: UnpairAppliancePayload,
    description:
      'Takes an appliance out of the home, for somebody else to pair. What was cooked on it stays with the viewer; a ' +
      'cook that goes on ends as aborted.',
    args: { input: t.arg({ type: UnpairApplianceInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, context) => unpairAppliance(context, context.viewer, input),
  }),
}));

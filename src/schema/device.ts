import { type PairingCode, registerAppliance, rotatePairingCode } from '../resolvers/appliances.js';
import {
  MAX_BATCH_EVENTS,
  type RejectedEvent,
  recordTelemetry,
  type TelemetryResult,
} from '../resolvers/telemetry.js';
import { builder } from './builder.js';
import { AlertSeverity, ApplianceStatus, SessionStatus } from './enums.js';

const RegisterApplianceInput = builder.inputType('RegisterApplianceInput', {
  description: 'A device that makes itself known.',
  fields: (t) => ({
    registrationSecret: t.string({
      description: "The factory's; only a server with open registration does without.",
    }),
    deviceId: t.string({ required: true, description: 'The id that is printed on it.' }),
    serialNumber: t.string({ required: true, description: "The factory's number." }),
    firmwareVersionCm5: t.string({ description: 'What runs on its Linux module.' }),
    firmwareVersionStm32: t.string({ description: 'What runs on its microcontroller.' }),
    wifiMac: t.string({ description: 'The address of its Wi-Fi module.' }),
  }),
});

const pairingCode = { nullable: false, description: 'The six digits to show; they work once.' } as const;
const pairingCodeExpiresAt = {
  type: 'DateTime',
  nullable: false,
  description: 'When the code ends, ten minutes from now.',
} as const;

const RegisterAppliancePayload = builder
  .objectRef<PairingCode & { deviceToken: string }>('RegisterAppliancePayload')
  .implement({
    description: 'What a device needs from here on.',
    fields: (t) => ({
      deviceToken: t.exposeString('deviceToken', {
        nullable: false,
        description: 'To be sent as `Authorization: Bearer …`. Keep it secret; it is shown only now.',
      }),
      pairingCode: t.exposeString('pairingCode', pairingCode),
      pairingCodeExpiresAt: t.expose('pairingCodeExpiresAt', pairingCodeExpiresAt),
    }),
  });

const PairingCodePayload = builder.objectRef<PairingCode>('PairingCodePayload').implement({
  description: 'A fresh pairing code.',
  fields: (t) => ({
    pairingCode: t.exposeString('pairingCode', pairingCode),
    pairingCodeExpiresAt: t.expose('pairingCodeExpiresAt', pairingCodeExpiresAt),
  }),
});

const TemperatureReadingInput = builder.inputType('TemperatureReadingInput', {
  description: 'A reading of the pot.',
  fields: (t) => ({
    temperature: t.float({ required: true, description: 'The surface in °C, from -50 to 500.' }),
    targetTemperature: t.float({ description: 'Where it is heated to, in °C.' }),
    coilTemperature: t.float({ description: 'The induction coil, in °C.' }),
    powerPercent: t.float({ description: 'Heating power, from 0 to 100.' }),
    weightGrams: t.float({ description: 'What is in the pot.' }),
    stirActive: t.boolean({ description: 'Whether the arm stirs.' }),
    stirPattern: t.string({ description: 'How it stirs.' }),
    progressPercent: t.float({ description: 'How much of the whole cook is done, from 0 to 100.' }),
    secondsRemaining: t.int({ description: 'What is left of the whole cook.' }),
    cvClass: t.string({ description: 'What the camera sees.' }),
    cvConfidence: t.float({ description: 'How sure it is, from 0 to 1.' }),
  }),
});

const StatusReadingInput = builder.inputType('StatusReadingInput', {
  description: 'A change of status; at least one of the two.',
  fields: (t) => ({
    sessionStatus: t.field({ type: SessionStatus, description: 'Of the cook.' }),
    applianceStatus: t.field({ type: ApplianceStatus, description: 'Of the appliance.' }),
    reason: t.string({ description: 'Why.' }),
  }),
});

const StageChangeReadingInput = builder.inputType('StageChangeReadingInput', {
  description: 'A stage begins; the one before it is over.',
  fields: (t) => ({
    stageIndex: t.int({ required: true, description: 'The stage, from 0.' }),
    stageName: t.string({ required: true, description: 'Its name.' }),
    totalStages: t.int({ description: 'How many there are.' }),
    previousDurationSeconds: t.int({ description: 'How long the stage before it took.' }),
    previousResult: t.string({ description: 'What ended the stage before it.' }),
    cvConfidence: t.float({ description: 'How sure the camera was of that, from 0 to 1.' }),
  }),
});

const AlertReadingInput = builder.inputType('AlertReadingInput', {
  description: 'Something that somebody should know at once.',
  fields: (t) => ({
    code: t.string({ required: true, description: 'Its kind: POT_REMOVED, OVER_TEMPERATURE…' }),
    severity: t.field({ type: AlertSeverity, required: true, description: 'How serious it is.' }),
    message: t.string({ required: true, description: 'For people.' }),
  }),
});

const HeartbeatReadingInput = builder.inputType('HeartbeatReadingInput', {
  description: 'The appliance is alive.',
  fields: (t) => ({
    uptimeSeconds: t.int({ description: 'Since it was switched on.' }),
    wifiRssi: t.int({ description: 'Signal strength in dBm.' }),
    freeMemoryMegabytes: t.int({ description: 'Of its Linux module.' }),
    cpuTemperature: t.float({ description: 'Of its Linux module, in °C.' }),
    firmwareVersionCm5: t.string({ description: 'What runs on its Linux module.' }),
    firmwareVersionStm32: t.string({ description: 'What runs on its microcontroller.' }),
  }),
});

const TelemetryReadingInput = builder.inputType('TelemetryReadingInput', {
  description: 'What was read: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    temperature: t.field({ type: TemperatureReadingInput, description: 'A reading of the pot.' }),
    status: t.field({ type: StatusReadingInput, description: 'A change of status.' }),
    stageChange: t.field({ type: StageChangeReadingInput, description: 'A stage begins.' }),
    alert: t.field({ type: AlertReadingInput, description: 'Something to know at once.' }),
    heartbeat: t.field({ type: HeartbeatReadingInput, description: 'A sign of life.' }),
  }),
});

const TelemetryEventInput = builder.inputType('TelemetryEventInput', {
  description: 'One event.',
  fields: (t) => ({
    deviceSequence: t.int({
      required: true,
      description:
        "The device's own counter. With `recordedAt`, exactly as first sent, it identifies the event, however often it comes.",
    }),
    sessionId: t.id({ description: 'The cook it belongs to: a global id or a UUID.' }),
    recordedAt: t.field({
      type: 'DateTime',
      required: true,
      description: "When it happened, by the device's clock.",
    }),
    reading: t.field({ type: TelemetryReadingInput, required: true, description: 'What was read.' }),
  }),
});

const RecordTelemetryInput = builder.inputType('RecordTelemetryInput', {
  description: 'What a device has to report.',
  fields: (t) => ({
    events: t.field({
      type: [TelemetryEventInput],
      required: true,
      description: `In the device's order; at most ${MAX_BATCH_EVENTS}.`,
    }),
    sentAt: t.field({
      type: 'DateTime',
      description: "Now by the device's clock, so that the server can tell how far that clock is off.",
    }),
  }),
});

const RejectedEventType = builder.objectRef<RejectedEvent>('RejectedEvent').implement({
  description: 'An event that was not stored, and why. Sending it again as it is will not help.',
  fields: (t) => ({
    deviceSequence: t.exposeInt('deviceSequence', { nullable: false, description: "The device's counter." }),
    recordedAt: t.expose('recordedAt', { type: 'DateTime', nullable: false, description: 'As it was sent.' }),
    code: t.exposeString('code', {
      nullable: false,
      description: 'CONFLICT, NOT_FOUND or VALIDATION_ERROR.',
    }),
    message: t.exposeString('message', { nullable: false, description: 'What is wrong, naming the field.' }),
  }),
});

const RecordTelemetryPayload = builder.objectRef<TelemetryResult>('RecordTelemetryPayload').implement({
  description:
    'Each event sent is counted once: accepted and duplicate ones are on disk and never lost, rejected ones are named.',
  fields: (t) => ({
    accepted: t.exposeInt('accepted', { nullable: false, description: 'Events that are stored now.' }),
    duplicates: t.exposeInt('duplicates', {
      nullable: false,
      description: 'Events that were stored already.',
    }),
    rejected: t.expose('rejected', {
      type: [RejectedEventType],
      nullable: false,
      description: 'Events that were not stored.',
    }),
  }),
});

builder.mutationFields((t) => ({
  registerAppliance: t.field({
    type: RegisterAppliancePayload,
    authScopes: { anyone: true },
    description: 'A device makes itself known and gets its token and a pairing code.',
    args: { input: t.arg({ type: RegisterApplianceInput, required: true, description: 'The device.' }) },
    resolve: (_root, { input }, context) => registerAppliance(context, context.viewer, input),
  }),
  rotatePairingCode: t.withAuth({ device: true }).field({
    type: PairingCodePayload,
    description: 'A device gets a fresh pairing code; the one before is void.',
    resolve: (_root, _args, context) => rotatePairingCode(context, context.viewer),
  }),
  recordTelemetry: t.withAuth({ device: true }).field({
    type: RecordTelemetryPayload,
    description: 'A device reports. Each event is judged alone, and may be sent any number of times.',
    args: { input: t.arg({ type: RecordTelemetryInput, required: true, description: 'The events.' }) },
    resolve: (_root, { input }, context) => recordTelemetry(context, context.viewer, input),
  }),
}));

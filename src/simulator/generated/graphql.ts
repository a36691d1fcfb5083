/* eslint-disable */
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type Maybe<T> = T | null;
export type InputMaybe<T> = T | null | undefined;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A day in UTC: 2026-01-31. */
  Date: { input: string; output: string; }
  /** An instant by RFC 3339, in UTC, to the microsecond: 2026-01-31T18:30:00.123456Z. */
  DateTime: { input: string; output: string; }
  /** Any JSON value. */
  JSON: { input: unknown; output: unknown; }
};

/** A device's answer to a command. */
export type AcknowledgeCommandInput = {
  /** Whether it does as it is told. */
  accepted: Scalars['Boolean']['input'];
  /** A global id or a UUID. */
  commandId: Scalars['ID']['input'];
  /** For people: why not, say. */
  message?: InputMaybe<Scalars['String']['input']>;
};

/** Something that somebody should know at once. */
export type AlertReadingInput = {
  /** Its kind: POT_REMOVED, OVER_TEMPERATURE… */
  code: Scalars['String']['input'];
  /** For people. */
  message: Scalars['String']['input'];
  /** How serious it is. */
  severity: AlertSeverity;
};

/** How serious an alert is. */
export type AlertSeverity =
  /** The cook is in danger. */
  | 'CRITICAL'
  /** Good to know. */
  | 'INFO'
  /** Somebody should look. */
  | 'WARNING';

/** What an appliance is doing. */
export type ApplianceStatus =
  /** A cook is going on. */
  | 'COOKING'
  /** It reported a fault that keeps it from cooking. */
  | 'ERROR'
  /** Silent for more than 90 seconds. */
  | 'OFFLINE'
  /** Reachable and idle. */
  | 'ONLINE';

/** Another password. */
export type ChangePasswordInput = {
  /** The one that holds now. */
  currentPassword: Scalars['String']['input'];
  /** At least 10 characters, at most 72 bytes. */
  newPassword: Scalars['String']['input'];
};

/** What an appliance is told to do. */
export type CommandKind =
  /** Begin a cook. */
  | 'COOK'
  /** Install a firmware release. */
  | 'OTA'
  /** Hold a cook. */
  | 'PAUSE'
  /** Fetch what is new in the catalogue. */
  | 'RECIPE_SYNC'
  /** Go on with a cook. */
  | 'RESUME'
  /** End a cook before its time. */
  | 'STOP';

/** What became of a command. The last three stay. */
export type CommandState =
  /** The device said yes in time: it does so. */
  | 'ACKNOWLEDGED'
  /** It was handed to the device, which has not answered yet. */
  | 'DELIVERED'
  /** Nobody answered in time, or a STOP overtook it: it has no effect, whatever is answered now. */
  | 'EXPIRED'
  /** It waits for its device to connect. */
  | 'PENDING'
  /** The device said no; `message` may say why. */
  | 'REJECTED';

/** Which cook it is about. */
export type CookingCommandInput = {
  /** A global id or a UUID. */
  sessionId: Scalars['ID']['input'];
};

/** What a device logged of a cook. It replaces what the cloud held of it; what is absent stays. Rating and notes are the person's, and a cook that has ended does not go on again. */
export type CookingLogInput = {
  /** When it ended; not while it goes on. */
  completedAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** What it changed about the recipe. */
  customizations?: InputMaybe<CustomizationsInput>;
  /** The hottest reading, in °C. */
  peakTemperature?: InputMaybe<Scalars['Float']['input']>;
  /** A global id or a UUID; of a recipe that was deleted since, too. */
  recipeId: Scalars['ID']['input'];
  /** Counts the versions of this log, from 0, which absent means; a lower one than was uploaded before changes nothing. */
  revision?: InputMaybe<Scalars['Int']['input']>;
  /** The device's UUID for the cook: a log with the same or a higher `revision` replaces the earlier one. */
  sessionUuid: Scalars['String']['input'];
  /** The stages that are over, in order. */
  stagesLog?: InputMaybe<Array<StageLogEntryInput>>;
  /** When it began, by the device's clock. */
  startedAt: Scalars['DateTime']['input'];
  /** Where the cook is in its life. */
  status: SessionStatus;
  /** From start to end; what lies between the two when nothing is said. */
  totalDurationSeconds?: InputMaybe<Scalars['Int']['input']>;
};

/** Which cooks a list holds; everything that is given must hold. */
export type CookingSessionFilter = {
  /** Cooked on this appliance. */
  applianceId?: InputMaybe<Scalars['ID']['input']>;
  /** Of this recipe. */
  recipeId?: InputMaybe<Scalars['ID']['input']>;
  /** Begun later than this. */
  startedAfter?: InputMaybe<Scalars['DateTime']['input']>;
  /** Begun earlier than this. */
  startedBefore?: InputMaybe<Scalars['DateTime']['input']>;
  /** Any of these. */
  status?: InputMaybe<Array<SessionStatus>>;
};

/** A firmware to announce. */
export type CreateFirmwareReleaseInput = {
  /** Where it is fetched from, by HTTPS. */
  binaryUrl: Scalars['String']['input'];
  /** Whom it is for; STABLE when nothing is said. */
  channel?: InputMaybe<FirmwareChannel>;
  /** The SHA-256 of the file, 64 hexadecimal digits. */
  checksumSha256: Scalars['String']['input'];
  /** How large the file is. */
  fileSizeBytes: Scalars['Int']['input'];
  /** Whether no device may skip it on its way to something newer; false when nothing is said. */
  isMandatory?: InputMaybe<Scalars['Boolean']['input']>;
  /** The oldest version that can be updated to it directly. */
  minVersion?: InputMaybe<Scalars['String']['input']>;
  /** What is new, in Markdown, at most 20000 characters. */
  releaseNotes?: InputMaybe<Scalars['String']['input']>;
  /** What it runs on. */
  target: FirmwareTarget;
  /** A semantic version without build metadata, at most 20 characters. */
  version: Scalars['String']['input'];
};

/** A new recipe; a draft, until it is published. */
export type CreateRecipeInput = {
  /** Its kind: dal, curry, rice, soup… */
  category: Scalars['String']['input'];
  /** Where it comes from; indian when nothing is said. */
  cuisine?: InputMaybe<Scalars['String']['input']>;
  /** How much attention it asks for. */
  difficulty: Difficulty;
  /** A photo of the dish, on the web. */
  imageUrl?: InputMaybe<Scalars['String']['input']>;
  /** What the dish is called, at most 200 characters. */
  name: Scalars['String']['input'];
  /** What one serving gives. */
  nutrition?: InputMaybe<NutritionInput>;
  /** The whole definition, as the device reads it: its `stages`, at least one. The other arguments rule over the same names in it. Keys that the appliance does not know are kept. */
  recipeData: Scalars['JSON']['input'];
  /** How many it feeds as written, at most 100; 4 when nothing is said. */
  servings?: InputMaybe<Scalars['Int']['input']>;
  /** What it is found by, at most 20: vegan, quick, gluten-free… */
  tags?: InputMaybe<Array<Scalars['String']['input']>>;
  /** How long it takes in all, at most a day. */
  timeMinutes: Scalars['Int']['input'];
};

/** What a cook changes about the recipe. */
export type CustomizationsInput = {
  /** How much oil, from 1 to 5. */
  oilLevel?: InputMaybe<Scalars['Int']['input']>;
  /** How salty, from 1 to 5. */
  saltLevel?: InputMaybe<Scalars['Int']['input']>;
  /** How many to cook for, from 1 to 20. */
  servings?: InputMaybe<Scalars['Int']['input']>;
  /** How hot, from 1 to 5. */
  spiceLevel?: InputMaybe<Scalars['Int']['input']>;
  /** Ingredients to replace. */
  substitutions?: InputMaybe<Array<SubstitutionInput>>;
};

/** What a person eats. */
export type Diet =
  /** Everything. */
  | 'NO_RESTRICTIONS'
  /** Fish, but no meat. */
  | 'PESCATARIAN'
  /** Nothing from animals. */
  | 'VEGAN'
  /** No meat, no fish. */
  | 'VEGETARIAN';

/** How much attention a recipe asks for. */
export type Difficulty =
  /** Fill the dispensers and go. */
  | 'EASY'
  /** Careful preparation, and a look at it now and then. */
  | 'HARD'
  /** Some preparation beforehand. */
  | 'MEDIUM';

/** The dispenser that an ingredient comes from. */
export type DispenserSubsystem =
  /** The seasoning boxes. */
  | 'ASD'
  /** The trays for coarse ingredients. */
  | 'CID'
  /** The tanks for liquids. */
  | 'SLD';

/** A device as it leaves the factory. */
export type EnrollApplianceInput = {
  /** The id that is printed on it: EPIC-001. */
  deviceId: Scalars['String']['input'];
  /** The factory's number. */
  serialNumber: Scalars['String']['input'];
};

/** Devices that may register. */
export type EnrollAppliancesInput = {
  /** At most 250, none of them twice. */
  appliances: Array<EnrollApplianceInput>;
};

/** What an event tells of. */
export type EventType =
  /** Something that somebody should know at once. */
  | 'ALERT'
  /** A sign of life. */
  | 'HEARTBEAT'
  /** A stage begins. */
  | 'STAGE_CHANGE'
  /** A change of status. */
  | 'STATUS'
  /** A reading of the pot. */
  | 'TEMPERATURE';

/** Whom a firmware is for. Whoever follows a channel also gets what the more stable ones have. */
export type FirmwareChannel =
  /** The makers. */
  | 'ALPHA'
  /** Who tries things early. */
  | 'BETA'
  /** Everybody. */
  | 'STABLE';

/** The part of an appliance that a firmware is for. */
export type FirmwareTarget =
  /** The Linux module: recipes, touchscreen, cloud. */
  | 'CM5'
  /** The microcontroller: heating, motors, safety. */
  | 'STM32';

/** The appliance is alive. */
export type HeartbeatReadingInput = {
  /** Of its Linux module, in °C. */
  cpuTemperature?: InputMaybe<Scalars['Float']['input']>;
  /** What runs on its Linux module. */
  firmwareVersionCm5?: InputMaybe<Scalars['String']['input']>;
  /** What runs on its microcontroller. */
  firmwareVersionStm32?: InputMaybe<Scalars['String']['input']>;
  /** Of its Linux module. */
  freeMemoryMegabytes?: InputMaybe<Scalars['Int']['input']>;
  /** Since it was switched on. */
  uptimeSeconds?: InputMaybe<Scalars['Int']['input']>;
  /** Signal strength in dBm. */
  wifiRssi?: InputMaybe<Scalars['Int']['input']>;
};

/** Who signs in. */
export type LoginInput = {
  /** The address of the account. */
  email: Scalars['String']['input'];
  /** Its password. */
  password: Scalars['String']['input'];
};

/** A sign-in that shall end. */
export type LogoutInput = {
  /** Any of its refresh tokens. */
  refreshToken: Scalars['String']['input'];
};

/** What one serving gives; what is absent stays, null clears. */
export type NutritionInput = {
  /** Energy in kilocalories. */
  calories?: InputMaybe<Scalars['Float']['input']>;
  /** Carbohydrates. */
  carbsGrams?: InputMaybe<Scalars['Float']['input']>;
  /** Fats. */
  fatsGrams?: InputMaybe<Scalars['Float']['input']>;
  /** Protein. */
  proteinGrams?: InputMaybe<Scalars['Float']['input']>;
};

/** Which device is paired. */
export type PairApplianceInput = {
  /** What to call it; "My Epicura" when nothing is said. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** The six digits on its screen. */
  pairingCode: Scalars['String']['input'];
};

/** The push service of a phone. */
export type PushPlatform =
  /** Firebase Cloud Messaging. */
  | 'ANDROID'
  /** Apple Push Notification service. */
  | 'IOS';

/** What a person thought of a cook; what is absent stays, null clears. */
export type RateCookingSessionInput = {
  /** A note, at most 2000 characters. */
  notes?: InputMaybe<Scalars['String']['input']>;
  /** Stars from 1 to 5. */
  rating?: InputMaybe<Scalars['Int']['input']>;
  /** A global id or a UUID. */
  sessionId: Scalars['ID']['input'];
};

/** What somebody did with a recipe. */
export type RecipeAction =
  /** Wrote it. */
  | 'CREATED'
  /** Deleted it. */
  | 'DELETED'
  /** Changed what it says. */
  | 'EDITED'
  /** Showed it to everybody. */
  | 'PUBLISHED'
  /** Took the deletion back. */
  | 'RESTORED'
  /** Took it back to the drafts. */
  | 'UNPUBLISHED';

/** Which recipes a list holds; everything that is given must hold. */
export type RecipeFilter = {
  /** Its kind: dal, curry, rice, soup… */
  category?: InputMaybe<Scalars['String']['input']>;
  /** Where it comes from: indian, italian, thai… */
  cuisine?: InputMaybe<Scalars['String']['input']>;
  /** How much attention it asks for. */
  difficulty?: InputMaybe<Difficulty>;
  /** Name of an ingredient in any stage. */
  ingredient?: InputMaybe<Scalars['String']['input']>;
  /** For administrators: drafts, or what everybody sees. */
  isPublished?: InputMaybe<Scalars['Boolean']['input']>;
  /** At most so many kilocalories a serving. */
  maxCalories?: InputMaybe<Scalars['Float']['input']>;
  /** Ready within so many minutes. */
  maxTimeMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** Only what fits the signed-in person's diet and allergens. */
  suitableForViewer?: InputMaybe<Scalars['Boolean']['input']>;
  /** All of them. */
  tags?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** Which recipe. */
export type RecipeIdInput = {
  /** A global id or a UUID. */
  recipeId: Scalars['ID']['input'];
};

/** The order of a list of recipes; ties go by the id. */
export type RecipeOrder = {
  /** What to go by. */
  by: RecipeSort;
  /** Which way. For RELEVANCE, ASC is the best match first. */
  direction?: SortDirection;
};

/** What a list of recipes goes by. */
export type RecipeSort =
  /** When it was first written. */
  | 'CREATED_AT'
  /** Its name. */
  | 'NAME'
  /** How often it was begun. */
  | 'POPULARITY'
  /** Its average rating; never rated counts as 0. */
  | 'RATING'
  /** How well it fits what is searched for; by name without a search. */
  | 'RELEVANCE'
  /** How long it takes. */
  | 'TIME_MINUTES';

/** What a device has to report. */
export type RecordTelemetryInput = {
  /** In the device's order; at most 500. */
  events: Array<TelemetryEventInput>;
  /** Now by the device's clock, so that the server can tell how far that clock is off. */
  sentAt?: InputMaybe<Scalars['DateTime']['input']>;
};

/** The next pair of tokens, please. */
export type RefreshTokensInput = {
  /** The newest one that was given. */
  refreshToken: Scalars['String']['input'];
};

/** A device that makes itself known. */
export type RegisterApplianceInput = {
  /** The id that is printed on it. */
  deviceId: Scalars['String']['input'];
  /** What runs on its Linux module. */
  firmwareVersionCm5?: InputMaybe<Scalars['String']['input']>;
  /** What runs on its microcontroller. */
  firmwareVersionStm32?: InputMaybe<Scalars['String']['input']>;
  /** The factory's; only a server with open registration does without. */
  registrationSecret?: InputMaybe<Scalars['String']['input']>;
  /** The factory's number. */
  serialNumber: Scalars['String']['input'];
  /** The address of its Wi-Fi module. */
  wifiMac?: InputMaybe<Scalars['String']['input']>;
};

/** A new account. */
export type RegisterInput = {
  /** The address to sign in with; compared in lower case. */
  email: Scalars['String']['input'];
  /** What the person is called, at most 100 characters. */
  name: Scalars['String']['input'];
  /** At least 10 characters, at most 72 bytes. */
  password: Scalars['String']['input'];
};

/** A phone that wants to ring. */
export type RegisterPushTokenInput = {
  /** The push service. */
  platform: PushPlatform;
  /** The phone's token with that service. */
  token: Scalars['String']['input'];
};

/** A phone that shall not ring any more. */
export type RemovePushTokenInput = {
  /** The phone's token with its push service. */
  token: Scalars['String']['input'];
};

/** A new name for an appliance. */
export type RenameApplianceInput = {
  /** A global id or a UUID. */
  applianceId: Scalars['ID']['input'];
  /** What to call it, at most 100 characters. */
  name: Scalars['String']['input'];
};

/** What an administrator tells an appliance. */
export type SendApplianceCommandInput = {
  /** A global id or a UUID. */
  applianceId: Scalars['ID']['input'];
  /** What to install; for OTA, and only then. */
  firmwareReleaseId?: InputMaybe<Scalars['ID']['input']>;
  /** RECIPE_SYNC, OTA or STOP. */
  kind: CommandKind;
};

/** Where a cook is in its life: started → cooking ↔ paused, and from each of these to one of three ends. */
export type SessionStatus =
  /** Ended: somebody stopped it. */
  | 'ABORTED'
  /** Ended: the dish is ready. */
  | 'COMPLETED'
  /** Cooking. */
  | 'COOKING'
  /** Ended: by a fault, or because the appliance fell silent. */
  | 'ERROR'
  /** Held, to go on later. */
  | 'PAUSED'
  /** Begun, but not cooking yet. */
  | 'STARTED';

/** Whether somebody may sign in. */
export type SetUserActiveInput = {
  /** False ends every sign-in at once. */
  isActive: Scalars['Boolean']['input'];
  /** A global id or a UUID. */
  userId: Scalars['ID']['input'];
};

/** What somebody may do. */
export type SetUserRoleInput = {
  /** What kind of account it becomes. */
  role: UserRole;
  /** A global id or a UUID. */
  userId: Scalars['ID']['input'];
};

/** Why events of a feed will not come. */
export type SkipReason =
  /** They were removed after their time. */
  | 'RETENTION'
  /** This viewer reads too slowly. */
  | 'SLOW_READER';

/** Which way a list goes. */
export type SortDirection =
  /** From the least to the greatest. */
  | 'ASC'
  /** From the greatest to the least. */
  | 'DESC';

/** A stage begins; the one before it is over. */
export type StageChangeReadingInput = {
  /** How sure the camera was of that, from 0 to 1. */
  cvConfidence?: InputMaybe<Scalars['Float']['input']>;
  /** How long the stage before it took. */
  previousDurationSeconds?: InputMaybe<Scalars['Int']['input']>;
  /** What ended the stage before it. */
  previousResult?: InputMaybe<Scalars['String']['input']>;
  /** The stage, from 0. */
  stageIndex: Scalars['Int']['input'];
  /** Its name. */
  stageName: Scalars['String']['input'];
  /** How many there are. */
  totalStages?: InputMaybe<Scalars['Int']['input']>;
};

/** How a stage went. */
export type StageLogEntryInput = {
  /** How sure the camera was, from 0 to 1. */
  cvConfidence?: InputMaybe<Scalars['Float']['input']>;
  /** How long it took. */
  durationSeconds?: InputMaybe<Scalars['Int']['input']>;
  /** What ended it: camera, timer, temperature… */
  result?: InputMaybe<Scalars['String']['input']>;
  /** Its name. */
  stage: Scalars['String']['input'];
};

/** What is cooked. */
export type StartCookingInput = {
  /** Required of a person, refused of a device. */
  applianceId?: InputMaybe<Scalars['ID']['input']>;
  /** What to change about the recipe. */
  customizations?: InputMaybe<CustomizationsInput>;
  /** A global id or a UUID. */
  recipeId: Scalars['ID']['input'];
  /** The caller's UUID for the cook, which becomes the session's: starting it again returns the same. */
  sessionUuid?: InputMaybe<Scalars['String']['input']>;
  /** For a device that started on its own; now, when absent. */
  startedAt?: InputMaybe<Scalars['DateTime']['input']>;
};

/** A change of status; at least one of the two. */
export type StatusReadingInput = {
  /** Of the appliance. */
  applianceStatus?: InputMaybe<ApplianceStatus>;
  /** Why. */
  reason?: InputMaybe<Scalars['String']['input']>;
  /** Of the cook. */
  sessionStatus?: InputMaybe<SessionStatus>;
};

/** One ingredient in place of another. */
export type SubstitutionInput = {
  /** What the recipe asks for. */
  from: Scalars['String']['input'];
  /** What is taken instead. */
  to: Scalars['String']['input'];
};

/** One event. */
export type TelemetryEventInput = {
  /** The device's own counter. With `recordedAt`, exactly as first sent, it identifies the event, however often it comes. */
  deviceSequence: Scalars['Int']['input'];
  /** What was read. */
  reading: TelemetryReadingInput;
  /** When it happened, by the device's clock. */
  recordedAt: Scalars['DateTime']['input'];
  /** The cook it belongs to: a global id or a UUID. */
  sessionId?: InputMaybe<Scalars['ID']['input']>;
};

/** What was read: exactly one of these. */
export type TelemetryReadingInput =
  /** Something to know at once. */
  { alert: AlertReadingInput; heartbeat?: never; stageChange?: never; status?: never; temperature?: never; }
  |  /** A sign of life. */
  { alert?: never; heartbeat: HeartbeatReadingInput; stageChange?: never; status?: never; temperature?: never; }
  |  /** A stage begins. */
  { alert?: never; heartbeat?: never; stageChange: StageChangeReadingInput; status?: never; temperature?: never; }
  |  /** A change of status. */
  { alert?: never; heartbeat?: never; stageChange?: never; status: StatusReadingInput; temperature?: never; }
  |  /** A reading of the pot. */
  { alert?: never; heartbeat?: never; stageChange?: never; status?: never; temperature: TemperatureReadingInput; };

/** A reading of the pot. */
export type TemperatureReadingInput = {
  /** The induction coil, in °C. */
  coilTemperature?: InputMaybe<Scalars['Float']['input']>;
  /** What the camera sees. */
  cvClass?: InputMaybe<Scalars['String']['input']>;
  /** How sure it is, from 0 to 1. */
  cvConfidence?: InputMaybe<Scalars['Float']['input']>;
  /** Heating power, from 0 to 100. */
  powerPercent?: InputMaybe<Scalars['Float']['input']>;
  /** How much of the whole cook is done, from 0 to 100. */
  progressPercent?: InputMaybe<Scalars['Float']['input']>;
  /** What is left of the whole cook. */
  secondsRemaining?: InputMaybe<Scalars['Int']['input']>;
  /** Whether the arm stirs. */
  stirActive?: InputMaybe<Scalars['Boolean']['input']>;
  /** How it stirs. */
  stirPattern?: InputMaybe<Scalars['String']['input']>;
  /** Where it is heated to, in °C. */
  targetTemperature?: InputMaybe<Scalars['Float']['input']>;
  /** The surface in °C, from -50 to 500. */
  temperature: Scalars['Float']['input'];
  /** What is in the pot. */
  weightGrams?: InputMaybe<Scalars['Float']['input']>;
};

/** How the screens look. */
export type Theme =
  /** Light text on a dark ground. */
  | 'DARK'
  /** Dark text on a light ground. */
  | 'LIGHT';

/** Which appliance goes. */
export type UnpairApplianceInput = {
  /** A global id or a UUID. */
  applianceId: Scalars['ID']['input'];
};

/** What changes about a firmware; what is absent stays, null clears notes and minimum. */
export type UpdateFirmwareReleaseInput = {
  /** Whom it is for: its promotion. */
  channel?: InputMaybe<FirmwareChannel>;
  /** Whether no device may skip it. */
  isMandatory?: InputMaybe<Scalars['Boolean']['input']>;
  /** The oldest version that can be updated to it directly. */
  minVersion?: InputMaybe<Scalars['String']['input']>;
  /** A global id or a UUID. */
  releaseId: Scalars['ID']['input'];
  /** What is new, in Markdown, at most 20000 characters. */
  releaseNotes?: InputMaybe<Scalars['String']['input']>;
};

/** What changes about the preferences; what is absent stays. The change that was made last stands. Of changes of one time all apply, and where they say different things about the same, the greater value stands: the larger number, the later text or list by its bytes, true before false. */
export type UpdatePreferencesInput = {
  /** What the person must not eat, at most 50. */
  allergens?: InputMaybe<Array<Scalars['String']['input']>>;
  /** The cuisines that the person likes best, at most 50. */
  cuisines?: InputMaybe<Array<Scalars['String']['input']>>;
  /** How many the person usually cooks for, from 1 to 4. */
  defaultServings?: InputMaybe<Scalars['Int']['input']>;
  /** What the person eats. */
  diet?: InputMaybe<Diet>;
  /** The language of the screens, as a locale: en_IN. */
  language?: InputMaybe<Scalars['String']['input']>;
  /** Whether the phones may ring. */
  notificationsEnabled?: InputMaybe<Scalars['Boolean']['input']>;
  /** How much oil, from 1 to 5. */
  oilLevel?: InputMaybe<Scalars['Int']['input']>;
  /** How salty, from 1 to 5. */
  saltLevel?: InputMaybe<Scalars['Int']['input']>;
  /** How hot, from 1 to 5. */
  spiceLevel?: InputMaybe<Scalars['Int']['input']>;
  /** How the screens look. */
  theme?: InputMaybe<Theme>;
  /** When the person made the change; now, when absent or in the future. An older change than the stored one does not apply. */
  updatedAt?: InputMaybe<Scalars['DateTime']['input']>;
};

/** What changes about the account; what is absent stays. */
export type UpdateProfileInput = {
  /** What the person is called, at most 100 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
};

/** What changes about a recipe; what is absent stays, null clears what may be without a value. */
export type UpdateRecipeInput = {
  /** Its kind: dal, curry, rice, soup… */
  category?: InputMaybe<Scalars['String']['input']>;
  /** Where it comes from. */
  cuisine?: InputMaybe<Scalars['String']['input']>;
  /** How much attention it asks for. */
  difficulty?: InputMaybe<Difficulty>;
  /** A photo of the dish, on the web. */
  imageUrl?: InputMaybe<Scalars['String']['input']>;
  /** What the dish is called, at most 200 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** What one serving gives. */
  nutrition?: InputMaybe<NutritionInput>;
  /** The whole definition, as the device reads it: its `stages`, at least one. The other arguments rule over the same names in it. Keys that the appliance does not know are kept. */
  recipeData?: InputMaybe<Scalars['JSON']['input']>;
  /** A global id or a UUID. */
  recipeId: Scalars['ID']['input'];
  /** How many it feeds as written, at most 100. */
  servings?: InputMaybe<Scalars['Int']['input']>;
  /** What it is found by, at most 20: all of them anew. */
  tags?: InputMaybe<Array<Scalars['String']['input']>>;
  /** How long it takes in all, at most a day. */
  timeMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** The version that the editor read; a newer stored one is a CONFLICT. */
  version: Scalars['Int']['input'];
};

/** Logs of cooks. */
export type UploadCookingLogsInput = {
  /** At most 200. */
  logs: Array<CookingLogInput>;
};

/** What kind of account it is. */
export type UserRole =
  /** An administrator, who sees all homes. */
  | 'ADMIN'
  /** A person with a home. */
  | 'USER';

export type RegisterMutationVariables = Exact<{
  input: RegisterApplianceInput;
}>;


export type RegisterMutation = { registerAppliance?: { deviceToken: string, pairingCode: string, pairingCodeExpiresAt: string } | null };

export type RotatePairingCodeMutationVariables = Exact<{ [key: string]: never; }>;


export type RotatePairingCodeMutation = { rotatePairingCode?: { pairingCode: string, pairingCodeExpiresAt: string } | null };

export type ThisApplianceQueryVariables = Exact<{ [key: string]: never; }>;


export type ThisApplianceQuery = { thisAppliance?: { id: string, currentSession?: { uuid: string, commands: Array<{ kind: CommandKind, state: CommandState }> } | null } | null };

export type RecipesQueryVariables = Exact<{
  after?: InputMaybe<Scalars['String']['input']>;
}>;


export type RecipesQuery = { recipes?: { pageInfo: { hasNextPage: boolean, endCursor?: string | null }, edges?: Array<{ node?: { id: string, uuid: string, name: string, stages: Array<{ name: string, targetTemperature?: number | null, durationSeconds?: number | null, stir: boolean, stirPattern?: string | null, cvCheck?: string | null, ingredients: Array<{ subsystem: DispenserSubsystem, channel?: string | null, slot?: number | null, name: string, amountGrams?: number | null, mode?: string | null }> }> } | null } | null> | null } | null };

export type StartCookingMutationVariables = Exact<{
  input: StartCookingInput;
}>;


export type StartCookingMutation = { startCooking?: { session: { uuid: string } } | null };

export type RecordTelemetryMutationVariables = Exact<{
  input: RecordTelemetryInput;
}>;


export type RecordTelemetryMutation = { recordTelemetry?: { accepted: number, duplicates: number, rejected: Array<{ deviceSequence: number, recordedAt: string, code: string, message: string }> } | null };

export type ApplianceCommandsSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type ApplianceCommandsSubscription = { applianceCommands?: { id: string, kind: CommandKind, state: CommandState, payload?: unknown | null, session?: { uuid: string } | null } | null };

export type AcknowledgeCommandMutationVariables = Exact<{
  input: AcknowledgeCommandInput;
}>;


export type AcknowledgeCommandMutation = { acknowledgeCommand?: { command: { state: CommandState } } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const RegisterDocument = new TypedDocumentString(`
    mutation Register($input: RegisterApplianceInput!) {
  registerAppliance(input: $input) {
    deviceToken
    pairingCode
    pairingCodeExpiresAt
  }
}
    `) as unknown as TypedDocumentString<RegisterMutation, RegisterMutationVariables>;
export const RotatePairingCodeDocument = new TypedDocumentString(`
    mutation RotatePairingCode {
  rotatePairingCode {
    pairingCode
    pairingCodeExpiresAt
  }
}
    `) as unknown as TypedDocumentString<RotatePairingCodeMutation, RotatePairingCodeMutationVariables>;
export const ThisApplianceDocument = new TypedDocumentString(`
    query ThisAppliance {
  thisAppliance {
    id
    currentSession {
      uuid
      commands {
        kind
        state
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ThisApplianceQuery, ThisApplianceQueryVariables>;
export const RecipesDocument = new TypedDocumentString(`
    query Recipes($after: String) {
  recipes(first: 50, after: $after) {
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      node {
        id
        uuid
        name
        stages {
          name
          targetTemperature
          durationSeconds
          stir
          stirPattern
          cvCheck
          ingredients {
            subsystem
            channel
            slot
            name
            amountGrams
            mode
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RecipesQuery, RecipesQueryVariables>;
export const StartCookingDocument = new TypedDocumentString(`
    mutation StartCooking($input: StartCookingInput!) {
  startCooking(input: $input) {
    session {
      uuid
    }
  }
}
    `) as unknown as TypedDocumentString<StartCookingMutation, StartCookingMutationVariables>;
export const RecordTelemetryDocument = new TypedDocumentString(`
    mutation RecordTelemetry($input: RecordTelemetryInput!) {
  recordTelemetry(input: $input) {
    accepted
    duplicates
    rejected {
      deviceSequence
      recordedAt
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RecordTelemetryMutation, RecordTelemetryMutationVariables>;
export const ApplianceCommandsDocument = new TypedDocumentString(`
    subscription ApplianceCommands {
  applianceCommands {
    id
    kind
    state
    payload
    session {
      uuid
    }
  }
}
    `) as unknown as TypedDocumentString<ApplianceCommandsSubscription, ApplianceCommandsSubscriptionVariables>;
export const AcknowledgeCommandDocument = new TypedDocumentString(`
    mutation AcknowledgeCommand($input: AcknowledgeCommandInput!) {
  acknowledgeCommand(input: $input) {
    command {
      state
    }
  }
}
    `) as unknown as TypedDocumentString<AcknowledgeCommandMutation, AcknowledgeCommandMutationVariables>;
import { builder } from './builder.js';

export const UserRole = builder.enumType('UserRole', {
  description: 'What kind of account it is.',
  values: {
    USER: { value: 'user', description: 'A person with a home.' },
    ADMIN: { value: 'admin', description: 'An administrator, who sees all homes.' },
  },
});

export const Diet = builder.enumType('Diet', {
  description: 'What a person eats.',
  values: {
    VEGETARIAN: { value: 'vegetarian', description: 'No meat, no fish.' },
    VEGAN: { value: 'vegan', description: 'Nothing from animals.' },
    PESCATARIAN: { value: 'pescatarian', description: 'Fish, but no meat.' },
    NO_RESTRICTIONS: { value: 'no_restrictions', description: 'Everything.' },
  },
});

export const Theme = builder.enumType('Theme', {
  description: 'How the screens look.',
  values: {
    LIGHT: { value: 'light', description: 'Dark text on a light ground.' },
    DARK: { value: 'dark', description: 'Light text on a dark ground.' },
  },
});

export const ApplianceStatus = builder.enumType('ApplianceStatus', {
  description: 'What an appliance is doing.',
  values: {
    ONLINE: { value: 'online', description: 'Reachable and idle.' },
    OFFLINE: { value: 'offline', description: 'Silent for more than 90 seconds.' },
    COOKING: { value: 'cooking', description: 'A cook is going on.' },
    ERROR: { value: 'error', description: 'It reported a fault that keeps it from cooking.' },
  },
});

export const Difficulty = builder.enumType('Difficulty', {
  description: 'How much attention a recipe asks for.',
  values: {
    EASY: { value: 'easy', description: 'Fill the dispensers and go.' },
    MEDIUM: { value: 'medium', description: 'Some preparation beforehand.' },
    HARD: { value: 'hard', description: 'Careful preparation, and a look at it now and then.' },
  },
});

export const SessionStatus = builder.enumType('SessionStatus', {
  description:
    'Where a cook is in its life: started → cooking ↔ paused, and from each of these to one of three ends.',
  values: {
    STARTED: { value: 'started', description: 'Begun, but not cooking yet.' },
    COOKING: { value: 'cooking', description: 'Cooking.' },
    PAUSED: { value: 'paused', description: 'Held, to go on later.' },
    COMPLETED: { value: 'completed', description: 'Ended: the dish is ready.' },
    ABORTED: { value: 'aborted', description: 'Ended: somebody stopped it.' },
    ERROR: { value: 'error', description: 'Ended: by a fault, or because the appliance fell silent.' },
  },
});

export const DispenserSubsystem = builder.enumType('DispenserSubsystem', {
  description: 'The dispenser that an ingredient comes from.',
  values: {
    ASD: { description: 'The seasoning boxes.' },
    CID: { description: 'The trays for coarse ingredients.' },
    SLD: { description: 'The tanks for liquids.' },
  },
});

export const AlertSeverity = builder.enumType('AlertSeverity', {
  description: 'How serious an alert is.',
  values: {
    INFO: { value: 'info', description: 'Good to know.' },
    WARNING: { value: 'warning', description: 'Somebody should look.' },
    CRITICAL: { value: 'critical', description: 'The cook is in danger.' },
  },
});

export const CommandKind = builder.enumType('CommandKind', {
  description: 'What an appliance is told to do.',
  values: {
    COOK: { value: 'cook', description: 'Begin a cook.' },
    PAUSE: { value: 'pause', description: 'Hold a cook.' },
    RESUME: { value: 'resume', description: 'Go on with a cook.' },
    STOP: { value: 'stop', description: 'End a cook before its time.' },
    RECIPE_SYNC: { value: 'recipe_sync', description: 'Fetch what is new in the catalogue.' },
    OTA: { value: 'ota', description: 'Install a firmware release.' },
  },
});

export const CommandState = builder.enumType('CommandState', {
  description: 'What became of a command. The last three stay.',
  values: {
    PENDING: { value: 'pending', description: 'It waits for its device to connect.' },
    DELIVERED: {
      value: 'delivered',
      description: 'It was handed to the device, which has not answered yet.',
    },
    ACKNOWLEDGED: { value: 'acknowledged', description: 'The device said yes in time: it does so.' },
    REJECTED: { value: 'rejected', description: 'The device said no; `message` may say why.' },
    EXPIRED: {
      value: 'expired',
      description:
        'Nobody answered in time, or a STOP overtook it: it has no effect, whatever is answered now.',
    },
  },
});

export const PushPlatform = builder.enumType('PushPlatform', {
  description: 'The push service of a phone.',
  values: {
    IOS: { value: 'ios', description: 'Apple Push Notification service.' },
    ANDROID: { value: 'android', description: 'Firebase Cloud Messaging.' },
  },
});

export const FirmwareTarget = builder.enumType('FirmwareTarget', {
  description: 'The part of an appliance that a firmware is for.',
  values: {
    CM5: { value: 'cm5', description: 'The Linux module: recipes, touchscreen, cloud.' },
    STM32: { value: 'stm32', description: 'The microcontroller: heating, motors, safety.' },
  },
});

export const FirmwareChannel = builder.enumType('FirmwareChannel', {
  description: 'Whom a firmware is for. Whoever follows a channel also gets what the more stable ones have.',
  values: {
    STABLE: { value: 'stable', description: 'Everybody.' },
    BETA: { value: 'beta', description: 'Who tries things early.' },
    ALPHA: { value: 'alpha', description: 'The makers.' },
  },
});

export const SkipReason = builder.enumType('SkipReason', {
  description: 'Why events of a feed will not come.',
  values: {
    SLOW_READER: { description: 'This viewer reads too slowly.' },
    RETENTION: { description: 'They were removed after their time.' },
  },
});

export const RecipeSort = builder.enumType('RecipeSort', {
  description: 'What a list of recipes goes by.',
  values: {
    RELEVANCE: {
      value: 'relevance',
      description: 'How well it fits what is searched for; by name without a search.',
    },
    NAME: { value: 'name', description: 'Its name.' },
    TIME_MINUTES: { value: 'timeMinutes', description: 'How long it takes.' },
    CREATED_AT: { value: 'createdAt', description: 'When it was first written.' },
    RATING: { value: 'rating', description: 'Its average rating; never rated counts as 0.' },
    POPULARITY: { value: 'popularity', description: 'How often it was begun.' },
  },
});

export const SortDirection = builder.enumType('SortDirection', {
  description: 'Which way a list goes.',
  values: {
    ASC: { value: 'asc', description: 'From the least to the greatest.' },
    DESC: { value: 'desc', description: 'From the greatest to the least.' },
  },
});

export const EventType = builder.enumType('EventType', {
  description: 'What an event tells of.',
  values: {
    TEMPERATURE: { value: 'temperature', description: 'A reading of the pot.' },
    STATUS: { value: 'status', description: 'A change of status.' },
    STAGE_CHANGE: { value: 'stage_change', description: 'A stage begins.' },
    ALERT: { value: 'alert', description: 'Something that somebody should know at once.' },
    HEARTBEAT: { value: 'heartbeat', description: 'A sign of life.' },
  },
});

export const RecipeAction = builder.enumType('RecipeAction', {
  description: 'What somebody did with a recipe.',
  values: {
    CREATED: { value: 'created', description: 'Wrote it.' },
    EDITED: { value: 'edited', description: 'Changed what it says.' },
    PUBLISHED: { value: 'published', description: 'Showed it to everybody.' },
    UNPUBLISHED: { value: 'unpublished', description: 'Took it back to the drafts.' },
    DELETED: { value: 'deleted', description: 'Deleted it.' },
    RESTORED: { value: 'restored', description: 'Took the deletion back.' },
  },
});

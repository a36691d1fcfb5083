import { rateCookingSession, renameAppliance, updateProfile } from '../resolvers/household.js';
import { AppliancePayload } from './appliance.js';
import { builder } from './builder.js';
import { CookingSessionPayload } from './cooking-session.js';
import { userPayload } from './user.js';

/** What people change about themselves, their appliances and their cooks. */

const UpdateProfileInput = builder.inputType('UpdateProfileInput', {
  description: 'What changes about the account; what is absent stays.',
  fields: (t) => ({ name: t.string({ description: 'What the person is called, at most 100 characters.' }) }),
});

const UpdateProfilePayload = userPayload('UpdateProfilePayload');

const RenameApplianceInput = builder.inputType('RenameApplianceInput', {
  description: 'A new name for an appliance.',
  fields: (t) => ({
    applianceId: t.id({ required: true, description: 'A global id or a UUID.' }),
    name: t.string({ required: true, description: 'What to call it, at most 100 characters.' }),
  }),
});

const RateCookingSessionInput = builder.inputType('RateCookingSessionInput', {
  description: 'What a person thought of a cook; what is absent stays, null clears.',
  fields: (t) => ({
    sessionId: t.id({ required: true, description: 'A global id or a UUID.' }),
    rating: t.int({ description: 'Stars from 1 to 5.' }),
    notes: t.string({ description: 'A note, at most 2000 characters.' }),
  }),
});

builder.mutationFields((t) => ({
  updateProfile: t.withAuth({ user: true }).field({
    type: UpdateProfilePayload,
    description: 'Changes the account of the person who is signed in.',
    args: { input: t.arg({ type: UpdateProfileInput, required: true, description: 'What changes.' }) },
    resolve: async (_root, { input }, context) => ({
      userId: await updateProfile(context, context.viewer, input),
    }),
  }),
  renameAppliance: t.withAuth({ user: true }).field({
    type: AppliancePayload,
    description: 'Gives an appliance of the home another name.',
    args: {
      input: t.arg({ type: RenameApplianceInput, required: true, description: 'Which, and the name.' }),
    },
    resolve: async (_root, { input }, context) => ({
      applianceId: await renameAppliance(context, context.viewer, input),
    }),
  }),
  rateCookingSession: t.withAuth({ user: true }).field({
    type: CookingSessionPayload,
    description: 'Rates a cook of the home and notes something about it.',
    args: {
      input: t.arg({ type: RateCookingSessionInput, required: true, description: 'Which, and what.' }),
    },
    resolve: async (_root, { input }, context) => ({
      sessionId: await rateCookingSession(context, context.viewer, input),
    }),
  }),
}));

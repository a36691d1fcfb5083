import { MAX_PUSH_TOKENS, registerPushToken, removePushToken } from '../resolvers/push-tokens.js';
import { builder } from './builder.js';
import { PushPlatform } from './enums.js';
import { PushToken } from './user.js';

const RegisterPushTokenInput = builder.inputType('RegisterPushTokenInput', {
  description: 'A phone that wants to ring.',
  fields: (t) => ({
    platform: t.field({ type: PushPlatform, required: true, description: 'The push service.' }),
    token: t.string({ required: true, description: "The phone's token with that service." }),
  }),
});

const RemovePushTokenInput = builder.inputType('RemovePushTokenInput', {
  description: 'A phone that shall not ring any more.',
  fields: (t) => ({
    token: t.string({ required: true, description: "The phone's token with its push service." }),
  }),
});

const PushTokenPayload = builder.objectRef<{ pushTokenId: string }>('PushTokenPayload').implement({
  description: 'A phone that notifications go to.',
  fields: (t) => ({
    pushToken: t.drizzleField({
      type: PushToken,
      nullable: false,
      description: 'As it is now.',
      resolve: async (query, { pushTokenId }, _args, { db }) => {
        const found = await db.orm.query.pushTokens.findFirst(query({ where: { id: pushTokenId } }));
        return found as NonNullable<typeof found>;
      },
    }),
  }),
});

const RemovePushTokenPayload = builder.objectRef<{ removed: boolean }>('RemovePushTokenPayload').implement({
  description: 'What became of a phone.',
  fields: (t) => ({
    removed: t.exposeBoolean('removed', {
      nullable: false,
      description: 'False when the person had no such phone.',
    }),
  }),
});

builder.mutationFields((t) => ({
  registerPushToken: t.withAuth({ user: true }).field({
    type: PushTokenPayload,
    description:
      'Sends notifications to this phone from now on, or refreshes it. A phone that another account had moves to this ' +
      `one. A person has at most ${MAX_PUSH_TOKENS}; the one that was refreshed longest ago makes room.`,
    args: { input: t.arg({ type: RegisterPushTokenInput, required: true, description: 'The phone.' }) },
    resolve: async (_root, { input }, context) => ({
      pushTokenId: await registerPushToken(context, context.viewer, input),
    }),
  }),
  removePushToken: t.withAuth({ user: true }).field({
    type: RemovePushTokenPayload,
    description: 'Sends no more notifications to this phone, at sign-out say.',
    args: { input: t.arg({ type: RemovePushTokenInput, required: true, description: 'The phone.' }) },
    resolve: async (_root, { input }, context) => ({
      removed: await removePushToken(context, context.viewer, input),
    }),
  }),
}));

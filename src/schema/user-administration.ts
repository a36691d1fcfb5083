import { newestAccountFirst, userConditions } from '../resolvers/administrator-lists.js';
import { setUserActive, setUserRole } from '../resolvers/user-administration.js';
import { builder } from './builder.js';
import { defineConnection } from './connections.js';
import { UserRole } from './enums.js';
import { User, userPayload } from './user.js';

/** What administrators see of people and decide about them. */

const { connection, edge } = defineConnection(User, {
  name: 'User',
  noun: 'user',
  table: 'users',
  conditions: userConditions,
  parents: {},
});

builder.queryField('users', (t) =>
  t.drizzleConnection(
    {
      type: User,
      authScopes: { admin: true },
      description: 'For administrators: all accounts, the newest first.',
      args: {
        search: t.arg.string({
          description:
            'Words of e-mail address or name; one or two letters are looked for at the beginning only.',
        }),
      },
      resolve: (query, _root, args, context) =>
        context.db.orm.query.users.findMany(
          query({ where: userConditions(context, args), orderBy: newestAccountFirst } as object),
        ),
    },
    connection,
    edge,
  ),
);

const UserPayload = userPayload('UserPayload');

const SetUserActiveInput = builder.inputType('SetUserActiveInput', {
  description: 'Whether somebody may sign in.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'A global id or a UUID.' }),
    isActive: t.boolean({ required: true, description: 'False ends every sign-in at once.' }),
  }),
});

const SetUserRoleInput = builder.inputType('SetUserRoleInput', {
  description: 'What somebody may do.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'A global id or a UUID.' }),
    role: t.field({ type: UserRole, required: true, description: 'What kind of account it becomes.' }),
  }),
});

builder.mutationFields((t) => ({
  setUserActive: t.withAuth({ admin: true }).field({
    type: UserPayload,
    description:
      'Opens or closes an account. Closing ends its sign-ins and closes its sockets. The last active administrator stays.',
    args: { input: t.arg({ type: SetUserActiveInput, required: true, description: 'Whose, and which.' }) },
    resolve: async (_root, { input }, context) => ({
      userId: await setUserActive(context, context.viewer, input),
    }),
  }),
  setUserRole: t.withAuth({ admin: true }).field({
    type: UserPayload,
    description:
      'Makes somebody an administrator, or not. It voids the access tokens of the person and closes the sockets; ' +
      'signing in again, or refreshing, gives the new rights. The last active administrator stays.',
    args: { input: t.arg({ type: SetUserRoleInput, required: true, description: 'Whose, and which.' }) },
    resolve: async (_root, { input }, context) => ({
      userId: await setUserRole(context, context.viewer, input),
    }),
  }),
}));

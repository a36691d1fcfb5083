import { login, register, type Tokens } from '../resolvers/accounts.js';
import { builder } from './builder.js';
import { User } from './user.js';

const AuthPayload = builder.objectRef<Tokens>('AuthPayload').implement({
  description: 'What signing in gives.',
  fields: (t) => ({
    accessToken: t.exposeString('accessToken', {
      nullable: false,
      description: 'To be sent as `Authorization: Bearer …`, good for 15 minutes.',
    }),
    accessTokenExpiresAt: t.expose('accessTokenExpiresAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When the access token ends.',
    }),
    refreshToken: t.exposeString('refreshToken', {
      nullable: false,
      description: 'Gets the next pair of tokens, once, within 30 days. Keep it secret.',
    }),
    user: t.drizzleField({
      type: User,
      nullable: false,
      description: 'Who signed in.',
      resolve: async (query, { userId }, _args, { db }) => {
        const found = await db.orm.query.users.findFirst(query({ where: { id: userId } }));
        return found as NonNullable<typeof found>;
      },
    }),
  }),
});

const RegisterInput = builder.inputType('RegisterInput', {
  description: 'A new account.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'The address to sign in with; compared in lower case.' }),
    password: t.string({ required: true, description: 'At least 10 characters, at most 72 bytes.' }),
    name: t.string({ required: true, description: 'What the person is called, at most 100 characters.' }),
  }),
});

const LoginInput = builder.inputType('LoginInput', {
  description: 'Who signs in.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'The address of the account.' }),
    password: t.string({ required: true, description: 'Its password.' }),
  }),
});

builder.mutationFields((t) => ({
  register: t.field({
    type: AuthPayload,
    authScopes: { anyone: true },
    description: 'Opens an account and signs in.',
    args: { input: t.arg({ type: RegisterInput, required: true, description: 'The account.' }) },
    resolve: (_root, { input }, context) => register(context, input),
  }),
  login: t.field({
    type: AuthPayload,
    authScopes: { anyone: true },
    description: 'Signs in.',
    args: { input: t.arg({ type: LoginInput, required: true, description: 'Who.' }) },
    resolve: (_root, { input }, context) => login(context, input),
  }),
}));

import { changePassword, login, register } from '../resolvers/accounts.js';
import { logout, logoutEverywhere, refreshTokens, type Tokens } from '../resolvers/sign-ins.js';
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

const LogoutPayload = builder.objectRef<boolean>('LogoutPayload').implement({
  description: 'What signing out did.',
  fields: (t) => ({
    loggedOut: t.boolean({
      nullable: false,
      description: 'True when a sign-in was ended; false when there was none any more.',
      resolve: (loggedOut) => loggedOut,
    }),
  }),
});

const RefreshTokensInput = builder.inputType('RefreshTokensInput', {
  description: 'The next pair of tokens, please.',
  fields: (t) => ({
    refreshToken: t.string({ required: true, description: 'The newest one that was given.' }),
  }),
});

const LogoutInput = builder.inputType('LogoutInput', {
  description: 'A sign-in that shall end.',
  fields: (t) => ({
    refreshToken: t.string({ required: true, description: 'Any of its refresh tokens.' }),
  }),
});

const ChangePasswordInput = builder.inputType('ChangePasswordInput', {
  description: 'Another password.',
  fields: (t) => ({
    currentPassword: t.string({ required: true, description: 'The one that holds now.' }),
    newPassword: t.string({ required: true, description: 'At least 10 characters, at most 72 bytes.' }),
  }),
});

builder.mutationFields((t) => ({
  register: t.field({
    type: AuthPayload,
    authScopes: { anyone: true },
    description: 'Opens an account and signs in.',
    args: { input: t.arg({ type: RegisterInput, required: true, description: 'The account.' }) },
    resolve: (_root, { input }, context) => register(context, context.client, input),
  }),
  login: t.field({
    type: AuthPayload,
    authScopes: { anyone: true },
    description: 'Signs in.',
    args: { input: t.arg({ type: LoginInput, required: true, description: 'Who.' }) },
    resolve: (_root, { input }, context) => login(context, context.client, input),
  }),
  refreshTokens: t.field({
    type: AuthPayload,
    authScopes: { anyone: true },
    description:
      'Exchanges a refresh token for the next pair. Each works once; the same again within ten seconds, after a lost ' +
      'answer, gives the same pair. One that is presented later ends the whole sign-in.',
    args: { input: t.arg({ type: RefreshTokensInput, required: true, description: 'The token.' }) },
    resolve: (_root, { input }, context) => refreshTokens(context, context.client, input),
  }),
  logout: t.field({
    type: LogoutPayload,
    authScopes: { anyone: true },
    description: 'Ends a sign-in: its tokens are void, its sockets are closed.',
    args: { input: t.arg({ type: LogoutInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, context) => logout(context, input),
  }),
  logoutEverywhere: t.withAuth({ user: true }).field({
    type: LogoutPayload,
    description: 'Ends every sign-in of the viewer, this one too.',
    resolve: (_root, _args, context) => logoutEverywhere(context, context.viewer),
  }),
  changePassword: t.withAuth({ user: true }).field({
    type: AuthPayload,
    description: 'Changes the password of the viewer, ends every sign-in, and begins a new one.',
    args: { input: t.arg({ type: ChangePasswordInput, required: true, description: 'Both passwords.' }) },
    resolve: (_root, { input }, context) => changePassword(context, context.viewer, input),
  }),
}));

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCode, expectInvalid, refusalOf } from '../_util/answers.js';
import { answer, BECAME, COMMANDS, orderCook, readCommand, tell } from '../_util/commands.js';
import { watch } from '../_util/feed.js';
import { createHome, createPerson, insertRecipe, registerDevice, type TestHome } from '../_util/home.js';
import { createAdmin, globalId } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';

describe('the border between homes, for commands', () => {
  let server: TestServer;
  let mine: TestHome;
  let theirs: TestHome;
  let sessionId: string;
  let commandId: string;

  beforeAll(async () => {
    server = await startTestServer();
    [mine, theirs] = await Promise.all([createHome(server), createHome(server)]);
    ({ sessionId, commandId } = await orderCook(server, mine));
  });
  afterAll(() => server.stop());

  it('lets nobody cook on, hold or stop what is not theirs, administrators neither, in the words for what does not exist', async () => {
    const recipeId = await insertRecipe(server);
    const [admin, person] = await Promise.all([createAdmin(server), createPerson(server)]);
    const start = (applianceId: string, token: string) =>
      server.post(
        'mutation ($input: StartCookingInput!) { startCooking(input: $input) { session { id } } }',
        { input: { applianceId, recipeId } },
        token,
      );
    for (const { userToken } of [theirs, admin, person]) {
      const refusal = refusalOf(await start(mine.applianceId, userToken));
      expect(refusal).toEqual(refusalOf(await start(globalId('Appliance', randomUUID()), userToken)));
      expect(refusal.code).toBe('NOT_FOUND');
      for (const what of ['pause', 'resume', 'stop']) {
        const own = { ...theirs, userToken };
        const refused = refusalOf(await tell(server, own, what, sessionId));
        expect(refused).toEqual(
          refusalOf(await tell(server, own, what, globalId('CookingSession', randomUUID()))),
        );
        expect(refused.code).toBe('NOT_FOUND');
      }
    }
    expect(await readCommand(server, mine, commandId)).toMatchObject({ state: 'PENDING' });
  });

  it('lets no other device answer a command, in the words for one that does not exist', async () => {
    for (const accepted of [true, false]) {
      const refused = refusalOf(await answer(server, theirs, commandId, accepted));
      expect(refused).toEqual(
        refusalOf(await answer(server, theirs, globalId('ApplianceCommand', randomUUID()), accepted)),
      );
      expect(refused.code).toBe('NOT_FOUND');
    }
    expect(await readCommand(server, mine, commandId)).toMatchObject({ state: 'PENDING' });
  });

  it('shows a command to its home, its device and administrators, and to nobody else', async () => {
    const admin = await createAdmin(server);
    const node = async (token?: string) =>
      (await server.post('query ($id: ID!) { node(id: $id) { id } }', { id: commandId }, token)).data.node;
    for (const token of [mine.userToken, mine.deviceToken, admin.userToken])
      expect(await node(token)).toEqual({ id: commandId });
    for (const token of [theirs.userToken, theirs.deviceToken, undefined])
      expect(await node(token)).toBeNull();
  });

  it('opens no subscription across it, in the same words as for what does not exist', async () => {
    for (const token of [theirs.userToken, theirs.deviceToken, undefined]) {
      const refusals = await Promise.all(
        [commandId, globalId('ApplianceCommand', randomUUID())].map((id) =>
          watch(server.socket(token), { commandId: id }, BECAME).done.then(
            () => undefined,
            (errors) => refusalOf({ errors }),
          ),
        ),
      );
      expect(refusals[0]).toEqual(refusals[1]);
      expect(refusals[0]?.code).toBe(token ? 'NOT_FOUND' : 'UNAUTHENTICATED');
    }
  });

  it('leaves commanding to people and obeying to paired devices', async () => {
    const unpaired = await registerDevice(server);
    for (const what of ['pause', 'resume', 'stop'])
      expectCode(await tell(server, { ...mine, userToken: mine.deviceToken }, what, sessionId), 'FORBIDDEN');
    expectCode(await answer(server, { deviceToken: mine.userToken }, commandId, true), 'FORBIDDEN');
    expectCode(await answer(server, unpaired, commandId, true), 'FORBIDDEN');
    for (const [token, code] of [
      [mine.userToken, 'FORBIDDEN'],
      [unpaired.deviceToken, 'FORBIDDEN'],
      [undefined, 'UNAUTHENTICATED'],
    ] as const) {
      const errors = await watch(server.socket(token), {}, COMMANDS).done.catch((failure) => failure);
      expectCode({ errors }, code);
    }
  });

  it('refuses what is no id, and a message that cannot be kept, naming it', async () => {
    for (const bad of ['', 'nonsense', mine.applianceId, 'x'.repeat(10_000), '\u0000', '\ud800']) {
      expectInvalid(await answer(server, mine, bad, true), 'input.commandId');
      expectInvalid(await tell(server, mine, 'stop', bad), 'input.sessionId');
    }
    for (const bad of ['a\u0000b', '\ud800', 'x'.repeat(501)])
      expectInvalid(await answer(server, mine, commandId, false, bad), 'input.message');
  });
});

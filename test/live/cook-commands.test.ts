import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCode, expectInvalid } from '../_util/answers.js';
import { hear, orderCook, readCook, send, stateAfter, tell, told } from '../_util/commands.js';
import { createHome, deviceClock, record, startCookIn, type TestHome } from '../_util/home.js';
import { createAdmin, globalId, sell } from '../_util/people.js';
import { startTestServer, type TestServer } from '../_util/server.js';

describe('the commands of people', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  const home = () => createHome(server);
  const cook = (own: TestHome, ...statuses: string[]) => startCookIn(server, own, ...statuses);

  describe('pauseCooking, resumeCooking and stopCooking', () => {
    it.each([
      ['pause', ['COOKING'], 'PAUSE'],
      ['resume', ['COOKING', 'PAUSED'], 'RESUME'],
      ['stop', [], 'STOP'],
      ['stop', ['COOKING'], 'STOP'],
      ['stop', ['COOKING', 'PAUSED'], 'STOP'],
    ])('%s is told to the device after %j', async (what, statuses, kind) => {
      const own = await home();
      const device = hear(server.socket(own.deviceToken));
      const { sessionId } = await cook(own, ...statuses);
      const command = await told(server, own, what, sessionId);
      expect(command).toMatchObject({ kind, session: { id: sessionId } });
      expect((await device.until(1))[0]).toMatchObject({ id: command.id, kind, payload: null });
      expect(await stateAfter(server, own, command.id)).toBe('ACKNOWLEDGED');
      device.stop();
    });

    it.each([
      ['pause', []],
      ['pause', ['COOKING', 'PAUSED']],
      ['pause', ['COMPLETED']],
      ['resume', []],
      ['resume', ['COOKING']],
      ['resume', ['COOKING', 'ERROR']],
      ['stop', ['COMPLETED']],
      ['stop', ['ABORTED']],
    ])('%s is a CONFLICT after %j', async (what, statuses) => {
      const own = await home();
      const { sessionId } = await cook(own, ...statuses);
      expectCode(await tell(server, own, what, sessionId), 'CONFLICT');
    });

    it('STOP comes before all that waits, and what it overtakes is void', async () => {
      const own = await home();
      const { sessionId, device } = await cook(own, 'COOKING');
      const admin = await createAdmin(server);
      const sync = await send(server, admin.userToken, { applianceId: own.applianceId, kind: 'RECIPE_SYNC' });
      const pause = await told(server, own, 'pause', sessionId);
      const stop = await told(server, own, 'stop', sessionId);
      const heard = hear(server.socket(own.deviceToken));
      const got = await heard.until(2);
      expect(got.map(({ id }) => id)).toEqual([stop.id, sync.data.sendApplianceCommand.command.id]);
      expect(await stateAfter(server, own, pause.id)).toBe('EXPIRED');
      expect(await stateAfter(server, own, stop.id)).toBe('ACKNOWLEDGED');
      await record(server, own, [device.status(sessionId, 'ABORTED')]);
      expect((await readCook(server, own, sessionId)).status).toBe('ABORTED');
      heard.stop();
    });

    it('a cook that is stopped before its device said yes is aborted at once, and never begins', async () => {
      const own = await home();
      const { sessionId, commandId } = await orderCook(server, own);
      const stop = await told(server, own, 'stop', sessionId);
      expect(stop.session).toMatchObject({ status: 'ABORTED' });
      expect((await readCook(server, own, sessionId)).events).toEqual(['ABORTED USER_STOPPED']);
      expect(await stateAfter(server, own, commandId)).toBe('EXPIRED');
      expect(await stateAfter(server, own, stop.id)).toBe('ACKNOWLEDGED');
    });

    it('of two, a stop and a yes at the same moment, either the device stops or it never began', async () => {
      const own = await home();
      for (let i = 0; i < 8; i++) {
        const { sessionId, commandId } = await orderCook(server, own);
        const [state, stop] = await Promise.all([
          stateAfter(server, own, commandId),
          told(server, own, 'stop', sessionId),
        ]);
        const { status } = await readCook(server, own, sessionId);
        expect([state, status]).toEqual(
          state === 'EXPIRED' ? ['EXPIRED', 'ABORTED'] : ['ACKNOWLEDGED', 'STARTED'],
        );
        expect(await stateAfter(server, own, stop.id)).toBe('ACKNOWLEDGED');
        if (status === 'STARTED')
          await record(server, own, [deviceClock(Date.now() + i * 1_000).status(sessionId, 'ABORTED')]);
      }
    });

    it('cannot be told to an appliance that has left the home', async () => {
      const [own, buyer] = await Promise.all([home(), home()]);
      const { sessionId } = await cook(own, 'COOKING');
      await sell(server, own, buyer.userToken);
      expectCode(await tell(server, own, 'stop', sessionId), 'CONFLICT');
    });
  });

  describe('sendApplianceCommand', () => {
    it('sends RECIPE_SYNC, firmware with all that a device needs of it, and STOP for what cooks', async () => {
      const own = await home();
      const { sessionId } = await cook(own, 'COOKING');
      const admin = await createAdmin(server);
      const { rows } = await server.database.pool.query(
        `INSERT INTO firmware_releases (target, version, binary_url, checksum_sha256, file_size_bytes)
         VALUES ('cm5', $1, 'https://updates.epicura.example/a.bin', repeat('ab', 32), 1000) RETURNING id, version`,
        [randomUUID().slice(0, 8)],
      );
      const firmwareReleaseId = globalId('FirmwareRelease', rows[0].id);
      const { applianceId } = own;
      const kinds = [
        await send(server, admin.userToken, { applianceId, kind: 'RECIPE_SYNC' }),
        await send(server, admin.userToken, { applianceId, kind: 'OTA', firmwareReleaseId }),
        await send(server, admin.userToken, { applianceId, kind: 'STOP' }),
      ].map(({ data }) => data.sendApplianceCommand.command);
      expect(kinds).toMatchObject([
        { kind: 'RECIPE_SYNC', state: 'PENDING', payload: null, session: null },
        {
          kind: 'OTA',
          payload: {
            release_id: rows[0].id,
            target: 'cm5',
            version: rows[0].version,
            binary_url: 'https://updates.epicura.example/a.bin',
            checksum_sha256: 'ab'.repeat(32),
          },
        },
        { kind: 'STOP', payload: null, session: { id: sessionId } },
      ]);
    });

    it('sends a STOP although the cloud knows of no cook', async () => {
      const own = await home();
      const admin = await createAdmin(server);
      const { data } = await send(server, admin.userToken, { applianceId: own.applianceId, kind: 'STOP' });
      expect(data.sendApplianceCommand.command).toMatchObject({ kind: 'STOP', session: null });
    });

    it('refuses other kinds, and firmware without a release or a release without firmware, naming it', async () => {
      const own = await home();
      const { applianceId } = own;
      const admin = await createAdmin(server);
      const release = globalId('FirmwareRelease', randomUUID());
      for (const kind of ['COOK', 'PAUSE', 'RESUME'])
        expectInvalid(await send(server, admin.userToken, { applianceId, kind }), 'input.kind');
      expectInvalid(
        await send(server, admin.userToken, { applianceId, kind: 'OTA' }),
        'input.firmwareReleaseId',
      );
      expectInvalid(
        await send(server, admin.userToken, { applianceId, kind: 'STOP', firmwareReleaseId: release }),
        'input.firmwareReleaseId',
      );
      expectCode(
        await send(server, admin.userToken, { applianceId, kind: 'OTA', firmwareReleaseId: release }),
        'NOT_FOUND',
      );
      expectCode(
        await send(server, admin.userToken, {
          applianceId: globalId('Appliance', randomUUID()),
          kind: 'STOP',
        }),
        'NOT_FOUND',
      );
    });

    it('is for administrators', async () => {
      const own = await home();
      const input = { applianceId: own.applianceId, kind: 'RECIPE_SYNC' };
      expectCode(await send(server, own.userToken, input), 'FORBIDDEN');
      expectCode(await send(server, own.deviceToken, input), 'FORBIDDEN');
      expectCode(await send(server, undefined, input), 'UNAUTHENTICATED');
    });

    it('is a CONFLICT when 50 wait already, but for a STOP', async () => {
      const own = await home();
      const admin = await createAdmin(server);
      const input = { applianceId: own.applianceId, kind: 'RECIPE_SYNC' };
      for (let i = 0; i < 50; i++)
        expect((await send(server, admin.userToken, input)).errors).toBeUndefined();
      expectCode(await send(server, admin.userToken, input), 'CONFLICT');
      expect((await send(server, admin.userToken, { ...input, kind: 'STOP' })).errors).toBeUndefined();
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { createDataDir, isAlive, postmasterPid, startProcess } from '../_util/process.js';

describe('the process', () => {
  let data: Awaited<ReturnType<typeof createDataDir>>;

  beforeAll(async () => {
    data = await createDataDir();
  });
  afterAll(() => data.remove());

  it.each([
    ['PORT', 'http'],
    ['DATABASE_URL', 'mysql://nowhere'],
    ['SIMULATOR_SPEED', '-1'],
    ['LOG_LEVEL', 'loud'],
    ['CORS_ORIGINS', 'example.com/path'],
  ])('tells a wrong %s in one line and ends with 1', async (name, value) => {
    const server = startProcess({ DATA_DIR: data.dataDir, [name]: value });
    expect(await server.exited).toBe(1);
    expect(server.stderr()).toMatch(new RegExp(`^${name}: .+\n$`));
  });

  it('tells in one line that its database cannot be reached', async () => {
    const server = startProcess({ DATABASE_URL: 'postgres://127.0.0.1:1/nothing', DATA_DIR: data.dataDir });
    expect(await server.exited).toBe(1);
    expect(server.stderr().trim().split('\n')).toHaveLength(1);
    expect(server.stderr()).toContain('DATABASE_URL');
  });

  it('stops with 0 on SIGTERM, its database after it, and a second one on its DATA_DIR gets a clear message', async () => {
    const server = startProcess({ DATA_DIR: data.dataDir });
    const url = await server.url;
    const postmaster = await postmasterPid(data.dataDir);
    expect((await fetch(`${url}/ready`)).status).toBe(200);

    const second = startProcess({ DATA_DIR: data.dataDir });
    expect(await second.exited).toBe(1);
    expect(second.stderr()).toMatch(/Another Epicura server \(pid \d+\) is already using DATA_DIR/);
    expect((await fetch(`${url}/ready`)).status).toBe(200);

    server.child.kill('SIGTERM');
    expect(await server.exited).toBe(0);
    expect(isAlive(postmaster)).toBe(false);
    expect(server.stderr()).toBe('');
  });

  it('takes over the database that a killed server left behind, on Ctrl-C stops it last', async () => {
    const killed = startProcess({ DATA_DIR: data.dataDir });
    await killed.url;
    const postmaster = await postmasterPid(data.dataDir);
    killed.child.kill('SIGKILL');
    await killed.exited;
    expect(isAlive(postmaster)).toBe(true);

    const next = startProcess({ DATA_DIR: data.dataDir });
    await next.url;
    expect(await postmasterPid(data.dataDir)).toBe(postmaster);
    process.kill(-(next.child.pid as number), 'SIGINT'); // the whole group, as a terminal does
    expect(await next.exited).toBe(0);
    expect(isAlive(postmaster)).toBe(false);
    expect(next.log()).not.toMatch(/"level":(40|50)/);
  });

  it('answers requests that are under way when it stops, and closes sockets with 1001', async () => {
    const server = startProcess({ DATA_DIR: data.dataDir });
    const url = await server.url;
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
    const closed = new Promise<number>((resolve) =>
      socket.addEventListener('close', ({ code }) => resolve(code), { once: true }),
    );
    // Hashing the password takes a third of a second.
    const answer = fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query:
          'mutation { register(input: { email: "a@epicura.example", password: "long enough 1", name: "A" }) { user { email } } }',
      }),
    }).then((response) => response.json());
    await new Promise((resolve) => setTimeout(resolve, 100));
    server.child.kill('SIGTERM');
    expect(await answer).toEqual({ data: { register: { user: { email: 'a@epicura.example' } } } });
    expect(await closed).toBe(1001);
    expect(await server.exited).toBe(0);
  });
});

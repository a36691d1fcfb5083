import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // Vite would take the ES build, Node.js the CommonJS one for our dependencies: graphql-js tolerates one copy only.
    alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/_util/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Most tests wait for sockets, timers and PostgreSQL: more workers than cores, and each loads the server only once.
    maxWorkers: 4,
    isolate: false,
  },
});

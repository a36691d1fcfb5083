import { register } from 'node:module';

/** Loaded before the server with `--import`: from here on one module of it is another. */
register('./hooks.js', { parentURL: import.meta.url, data: JSON.parse(process.env.SABOTAGE ?? '') });

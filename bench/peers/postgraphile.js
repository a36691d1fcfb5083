import { createServer } from 'node:http';
import { grafserv } from 'grafserv/node';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

// PostGraphile 5 as its documentation has it run in production, on the tables as they are: no policies, no limits, no
// masking. Plain JavaScript: it is run by its own Node.js, which the root's tools know nothing of.

const [databaseUrl, poolSize] = process.argv.slice(2);

const pgl = postgraphile({
  disablePlugins: ['PgIndexBehaviorsPlugin'], // conditions and orders by columns that share an index with others, too
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({
      connectionString: databaseUrl,
      schemas: ['public'],
      poolConfig: { max: Number(poolSize) },
    }),
  ],
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
  grafast: { explain: false },
});
const served = pgl.createServ(grafserv);
const server = createServer();
server.keepAliveTimeout = 60_000;
await served.addTo(server);
server.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  process.stdout.write(`ready at http://127.0.0.1:${port}/graphql\n`);
});

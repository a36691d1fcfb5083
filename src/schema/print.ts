import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from './index.js';

// `npm run schema` keeps schema.graphql with this.
process.stdout.write(`${printSchema(lexicographicSortSchema(schema))}\n`);

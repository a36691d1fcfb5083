import type { CodegenConfig } from '@graphql-codegen/cli';

/** Typed documents for those who talk to the API as its clients do: the simulated kitchen, and tests; Relay has a compiler. */
const config: CodegenConfig = {
  schema: './schema.graphql',
  // Only what goes through `graphql()`: tests also send documents that are wrong on purpose.
  pluckConfig: { globalGqlIdentifierName: ['graphql'], gqlMagicComment: 'none' },
  generates: {
    './src/simulator/generated/': client('./src/simulator/**/*.ts'),
    './test/generated/': client('./test/**/*.ts', '!./test/conformance/**'), // there, other clients speak their dialects
  },
};

function client(...documents: string[]): CodegenConfig['generates'][string] {
  return {
    documents,
    preset: 'client',
    presetConfig: { fragmentMasking: false },
    config: {
      documentMode: 'string', // clients send text; none of them needs a parser
      onlyOperationTypes: true,
      skipTypename: true,
      enumsAsTypes: true,
      useTypeImports: true,
      importExtension: '.js',
      strictScalars: true,
      scalars: { Date: 'string', DateTime: 'string', JSON: 'unknown' },
    },
  };
}

export default config;

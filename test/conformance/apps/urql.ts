import { Client, cacheExchange, fetchExchange, gql, subscriptionExchange } from '@urql/core';
import { type App, COOK, type Entry, LOGIN, RECIPES, type SignIn, type Tokens } from './app.js';

interface Recipes {
  recipes: { edges: { node: { name: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
}

/** An app on urql: queries over HTTP with its document cache, subscriptions through its exchange over graphql-ws. */
export function createUrqlApp(url: string, signIn: SignIn): App {
  const socket = signIn.createSocket();
  const client = new Client({
    url: `${url}/graphql`,
    preferGetMethod: false,
    fetchOptions: () => (signIn.authorization ? { headers: { authorization: signIn.authorization } } : {}),
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe({ query, variables: variables as Record<string, unknown> }, sink),
          }),
        }),
      }),
    ],
  });
  return {
    async login(email, password) {
      const { data, error } = await client
        .mutation<{ login: Tokens }>(gql(LOGIN), { email, password })
        .toPromise();
      if (!data) throw error;
      signIn.adopt(data.login);
    },
    async readRecipes(pageSize) {
      const names: string[] = [];
      let after: string | null = null;
      do {
        const page: { data?: Recipes; error?: Error } = await client
          .query<Recipes>(gql(RECIPES), { first: pageSize, after })
          .toPromise();
        if (!page.data) throw page.error;
        const { edges, pageInfo } = page.data.recipes;
        names.push(...edges.map(({ node }) => node.name));
        after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      } while (after !== null);
      return names;
    },
    watch: (sessionId, after, onEntry) =>
      new Promise((resolve, reject) => {
        client
          .subscription<{ cookingSessionEvents: Entry }>(gql(COOK), { sessionId, after })
          .subscribe(({ data, error, hasNext }) => {
            if (error) reject(error);
            else if (data) onEntry(data.cookingSessionEvents);
            if (!hasNext) resolve();
          });
      }),
    dispose: () => void socket.dispose(),
  };
}

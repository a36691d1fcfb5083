import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { type App, COOK, type Entry, LOGIN, RECIPES, type SignIn, type Tokens } from './app.js';

interface Recipes {
  recipes: { edges: { node: { name: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
}

/** An app on Apollo Client: queries over HTTP, subscriptions over graphql-ws, pages joined by the normalized cache. */
export function createApolloApp(url: string, signIn: SignIn): App {
  const socket = signIn.createSocket();
  const http = new HttpLink({
    uri: `${url}/graphql`,
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      if (signIn.authorization) headers.set('authorization', signIn.authorization);
      return fetch(input, { ...init, headers });
    },
  });
  const client = new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === 'subscription',
      new GraphQLWsLink(socket),
      http,
    ),
    cache: new InMemoryCache({ typePolicies: { Query: { fields: { recipes: relayStylePagination() } } } }),
  });
  return {
    async login(email, password) {
      const { data } = await client.mutate<{ login: Tokens }>({
        mutation: gql(LOGIN),
        variables: { email, password },
      });
      if (data) signIn.adopt(data.login);
    },
    async readRecipes(pageSize) {
      const query = gql(RECIPES);
      let after: string | null = null;
      do {
        const page: { data?: Recipes } = await client.query<Recipes>({
          query,
          variables: { first: pageSize, after },
          fetchPolicy: 'network-only',
        });
        const info = (page.data as Recipes).recipes.pageInfo;
        after = info.hasNextPage ? info.endCursor : null;
      } while (after !== null);
      const joined = client.readQuery<Recipes>({ query, variables: { first: pageSize } });
      return (joined as Recipes).recipes.edges.map(({ node }) => node.name);
    },
    watch: (sessionId, after, onEntry) =>
      new Promise((complete, error) => {
        client
          .subscribe<{ cookingSessionEvents: Entry }>({ query: gql(COOK), variables: { sessionId, after } })
          .subscribe({
            next: (result) => {
              if (result.error) error(result.error);
              else if (result.data) onEntry(result.data.cookingSessionEvents);
            },
            error,
            complete,
          });
      }),
    dispose() {
      client.stop();
      void socket.dispose();
    },
  };
}

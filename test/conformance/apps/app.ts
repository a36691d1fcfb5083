import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { postGraphQL } from '../../_util/server.js';

/** An entry of a feed, as far as these apps look at it. */
export interface Entry {
  sequence: number;
  cursor: string;
}

/** What an app does, whichever library it is built on. */
export interface App {
  login(email: string, password: string): Promise<void>;
  /** The names of all recipes, read a page at a time, as the library's cache puts them together. */
  readRecipes(pageSize: number): Promise<string[]>;
  /** Follows a cook, from its newest state without `after`. Resolves when the server says that it is complete. */
  watch(sessionId: string, after: string | null, onEntry: (entry: Entry) => void): Promise<void>;
  dispose(): void;
}

export const LOGIN = `mutation Login($email: String!, $password: String!) {
  login(input: { email: $email, password: $password }) { accessToken refreshToken }
}`;

export const RECIPES = `query Recipes($first: Int!, $after: String) {
  recipes(first: $first, after: $after) { edges { node { id name } cursor } pageInfo { hasNextPage endCursor } }
}`;

export const COOK = `subscription Cook($sessionId: ID!, $after: String) {
  cookingSessionEvents(sessionId: $sessionId, after: $after) { __typename id sequence cursor }
}`;

export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

/** The pair of tokens of one sign-in, renewed when the server has refused the first. */
export class SignIn {
  readonly #url: string;
  #tokens: Tokens | null = null;
  #isRefused = false;
  /** How often the tokens were renewed. */
  renewals = 0;

  constructor(url: string) {
    this.#url = url;
  }

  adopt(tokens: Tokens): void {
    this.#tokens = tokens;
  }

  get authorization(): string | undefined {
    return this.#tokens ? `Bearer ${this.#tokens.accessToken}` : undefined;
  }

  /** A WebSocket client that finds back by itself, with fresh tokens where the server has ended the old ones. */
  createSocket(): Client {
    return createClient({
      url: `${this.#url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      lazy: true,
      retryAttempts: 100,
      retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
      shouldRetry: () => true,
      connectionParams: async () => {
        if (this.#isRefused) await this.#renew();
        return { authorization: this.authorization };
      },
      on: {
        closed: (event) => {
          if ((event as { code?: number }).code === 4403) this.#isRefused = true;
        },
      },
    });
  }

  async #renew(): Promise<void> {
    const { data } = await postGraphQL<{ refreshTokens: Tokens }>(
      this.#url,
      'mutation ($token: String!) { refreshTokens(input: { refreshToken: $token }) { accessToken refreshToken } }',
      { token: this.#tokens?.refreshToken },
    );
    if (!data) throw new Error('the refresh token was refused');
    this.#tokens = data.refreshTokens;
    this.#isRefused = false;
    this.renewals += 1;
  }
}

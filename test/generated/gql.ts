/* eslint-disable */
import * as types from './graphql.js';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query Browse($first: Int) {\n    recipes(first: $first) { totalCount edges { node { name timeMinutes stages { name durationSeconds } } } }\n  }\n": typeof types.BrowseDocument,
    "\n  mutation Start($input: StartCookingInput!) { startCooking(input: $input) { session { uuid status startedAt } } }\n": typeof types.StartDocument,
    "\n  subscription Watch($sessionId: ID!) {\n    cookingSessionEvents(sessionId: $sessionId) {\n      __typename\n      sequence\n      ... on SessionSnapshot { reset session { recipeName } }\n      ... on TemperatureEvent { temperature }\n    }\n  }\n": typeof types.WatchDocument,
};
const documents: Documents = {
    "\n  query Browse($first: Int) {\n    recipes(first: $first) { totalCount edges { node { name timeMinutes stages { name durationSeconds } } } }\n  }\n": types.BrowseDocument,
    "\n  mutation Start($input: StartCookingInput!) { startCooking(input: $input) { session { uuid status startedAt } } }\n": types.StartDocument,
    "\n  subscription Watch($sessionId: ID!) {\n    cookingSessionEvents(sessionId: $sessionId) {\n      __typename\n      sequence\n      ... on SessionSnapshot { reset session { recipeName } }\n      ... on TemperatureEvent { temperature }\n    }\n  }\n": types.WatchDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Browse($first: Int) {\n    recipes(first: $first) { totalCount edges { node { name timeMinutes stages { name durationSeconds } } } }\n  }\n"): typeof import('./graphql.js').BrowseDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Start($input: StartCookingInput!) { startCooking(input: $input) { session { uuid status startedAt } } }\n"): typeof import('./graphql.js').StartDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription Watch($sessionId: ID!) {\n    cookingSessionEvents(sessionId: $sessionId) {\n      __typename\n      sequence\n      ... on SessionSnapshot { reset session { recipeName } }\n      ... on TemperatureEvent { temperature }\n    }\n  }\n"): typeof import('./graphql.js').WatchDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

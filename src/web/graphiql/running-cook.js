/** @import { DocumentNode, OperationDefinitionNode } from 'graphql' */

/** Where the page finds the cook that goes on: each appliance has at most one. */
const RUNNING_COOKS = `query RunningCooks {
  viewer {
    appliances(first: 100) {
      edges { node { currentSession { id startedAt } } }
    }
  }
}`;

/**
 * The operation of a document that will run: the one of that name, or the only one.
 *
 * @param {DocumentNode | null | undefined} document
 * @param {string | null | undefined} name
 * @returns {OperationDefinitionNode | undefined}
 */
export function findOperation(document, name) {
  for (const definition of document?.definitions ?? []) {
    if (definition.kind === 'OperationDefinition' && (!name || definition.name?.value === name))
      return definition;
  }
  return undefined;
}

/**
 * Whether the operation asks for a `sessionId` that nobody gave.
 *
 * @param {OperationDefinitionNode | undefined} operation
 * @param {Record<string, unknown> | null | undefined} variables
 */
export function lacksSessionId(operation, variables) {
  const asksForIt = operation?.variableDefinitions?.some(
    ({ variable }) => variable.name.value === 'sessionId',
  );
  return asksForIt === true && !variables?.sessionId;
}

/**
 * The id of the viewer's newest running cook. Throws an Error for people to read when nobody is signed in, and when
 * nothing is cooking.
 *
 * @param {(request: { query: string }) => Promise<import('./sign-in.js').Answer>} post
 * @returns {Promise<string>}
 */
export async function findRunningCook(post) {
  const { data, errors } = await post({ query: RUNNING_COOKS });
  if (errors?.[0]) throw new Error(errors[0].message);
  const viewer = /** @type {Viewer | null | undefined} */ (data?.viewer);
  if (!viewer) throw new Error('Nobody is signed in. Run the tab SignIn, then this one again.');
  const cooks = (viewer.appliances?.edges ?? []).flatMap((edge) => edge?.node?.currentSession ?? []);
  const [newest] = cooks.sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt));
  if (!newest) {
    throw new Error(
      'Nothing is cooking. Start a cook, or write the id of any of your sessions as `sessionId`.',
    );
  }
  return newest.id;
}

/**
 * @typedef {{ currentSession: { id: string, startedAt: string } | null }} Appliance
 * @typedef {{ appliances: { edges: ({ node: Appliance | null } | null)[] } | null }} Viewer
 */

import type { Client } from 'graphql-ws';
import { type Watch, watch } from './feed.js';
import { insertRecipe, type TestHome } from './home.js';
import { uuidOf } from './people.js';
import type { TestServer } from './server.js';

const COMMAND = 'command { id kind state message session { id status } }';

export const COMMANDS = `subscription {
  applianceCommands { id kind state payload expiresAt session { id uuid } }
}`;
export const BECAME = `subscription ($commandId: ID!) {
  commandUpdated(commandId: $commandId) { id kind state message session { status } }
}`;

export interface TestCommand {
  id: string;
  kind: string;
  state: string;
  message: string | null;
  session: { id: string; status: string } | null;
}

/** A cook that the home's owner ordered, by its global id, and its COOK. */
export async function orderCook(
  server: TestServer,
  home: TestHome,
  input: object = {},
): Promise<{ sessionId: string; commandId: string }> {
  const { data, errors } = await server.post(
    `mutation ($input: StartCookingInput!) { startCooking(input: $input) { session { id commands { id } } } }`,
    { input: { applianceId: home.applianceId, recipeId: await insertRecipe(server), ...input } },
    home.userToken,
  );
  if (!data?.startCooking) throw new Error(JSON.stringify(errors));
  const { id, commands } = data.startCooking.session;
  return { sessionId: id, commandId: commands[0].id };
}

/** `pause`, `resume` or `stop`, as the home's owner; the answer as it came. */
export function tell(server: TestServer, home: TestHome, what: string, sessionId: string) {
  return server.post(
    `mutation ($sessionId: ID!) { ${what}Cooking(input: { sessionId: $sessionId }) { ${COMMAND} } }`,
    { sessionId },
    home.userToken,
  );
}

/** The same; the command. */
export async function told(
  server: TestServer,
  home: TestHome,
  what: string,
  sessionId: string,
): Promise<TestCommand> {
  const { data, errors } = await tell(server, home, what, sessionId);
  if (!data?.[`${what}Cooking`]) throw new Error(JSON.stringify(errors));
  return data[`${what}Cooking`].command;
}

/** What an administrator sends; the answer as it came. */
export function send(server: TestServer, token: string | undefined, input: object) {
  return server.post(
    `mutation ($input: SendApplianceCommandInput!) {
       sendApplianceCommand(input: $input) { command { id kind state payload session { id } } }
     }`,
    { input },
    token,
  );
}

/** The device's answer to a command; what the server says to that, as it came. */
export function answer(
  server: TestServer,
  home: Pick<TestHome, 'deviceToken'>,
  commandId: string,
  accepted: boolean,
  message?: string | null,
) {
  return server.post(
    `mutation ($input: AcknowledgeCommandInput!) { acknowledgeCommand(input: $input) { ${COMMAND} } }`,
    { input: { commandId, accepted, message } },
    home.deviceToken,
  );
}

/** The state of the command after the device's answer. */
export async function stateAfter(
  server: TestServer,
  home: TestHome,
  commandId: string,
  accepted = true,
): Promise<string> {
  const { data, errors } = await answer(server, home, commandId, accepted);
  if (!data?.acknowledgeCommand) throw new Error(JSON.stringify(errors));
  return data.acknowledgeCommand.command.state;
}

/** What the device hears, over a connection of its own that the client keeps. */
export function hear(client: Client): Watch {
  return watch(client, {}, COMMANDS);
}

/** Lets so many seconds of a command's time pass. */
export async function age(server: Pick<TestServer, 'database'>, commandId: string, seconds: number) {
  await server.database.pool.query(
    `UPDATE appliance_commands
     SET created_at = created_at - make_interval(secs => $2), expires_at = expires_at - make_interval(secs => $2)
     WHERE id = $1`,
    [uuidOf(commandId), seconds],
  );
}

export async function readCommand(server: TestServer, home: TestHome, id: string): Promise<TestCommand> {
  const { data } = await server.post(
    `query ($id: ID!) {
       node(id: $id) { ... on ApplianceCommand { id kind state message session { id status } } }
     }`,
    { id },
    home.userToken,
  );
  return data.node;
}

/** The status of a cook, and the reasons of its journal's status events. */
export async function readCook(server: TestServer, home: TestHome, id: string) {
  const { data } = await server.post(
    `query ($id: ID!) {
       cookingSession(id: $id) {
         status completedAt
         events(first: 100, types: [STATUS]) { edges { node { ... on StatusEvent { sessionStatus reason } } } }
       }
     }`,
    { id },
    home.userToken,
  );
  const { status, completedAt, events } = data.cookingSession;
  return {
    status: status as string,
    completedAt: completedAt as string | null,
    events: events.edges.map(
      ({ node }: { node: { sessionStatus: string; reason: string | null } }) =>
        `${node.sessionStatus} ${node.reason ?? ''}`,
    ) as string[],
  };
}

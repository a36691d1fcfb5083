import { postGraphQL } from './post.js';

/** A person with an appliance of their own, and a dish to cook. */
export interface Home {
  userToken: string;
  deviceToken: string;
  /** UUID, as in the database. */
  applianceId: string;
  recipeId: string;
}

const PATIENCE_MS = 10_000;

/** Signs a person up and pairs an appliance, all through the API. */
export async function createHome(url: string, name: string, recipeId: string): Promise<Home> {
  // biome-ignore lint/suspicious/noExplicitAny: each document has a shape of its own
  const ask = async (query: string, variables: object, token?: string): Promise<any> => {
    const { data, errors } = await postGraphQL(url, query, variables, token, PATIENCE_MS);
    if (!data || errors) throw new Error(`${name} could not be set up: ${JSON.stringify(errors)}`);
    return data;
  };
  const { register } = await ask(
    `mutation ($email: String!) {
       register(input: { email: $email, password: "long enough 1", name: "Asha" }) { accessToken }
     }`,
    { email: `${name}@epicura.example` },
  );
  const { registerAppliance } = await ask(
    `mutation ($id: String!) { registerAppliance(input: { deviceId: $id, serialNumber: $id }) { deviceToken pairingCode } }`,
    { id: name },
  );
  const { pairAppliance } = await ask(
    `mutation ($code: String!) { pairAppliance(input: { pairingCode: $code }) { appliance { id } } }`,
    { code: registerAppliance.pairingCode },
    register.accessToken,
  );
  const [, applianceId = ''] = Buffer.from(pairAppliance.appliance.id, 'base64').toString().split(':');
  return {
    userToken: register.accessToken,
    deviceToken: registerAppliance.deviceToken,
    applianceId,
    recipeId,
  };
}

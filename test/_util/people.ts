import { randomUUID } from 'node:crypto';
import { createPerson, type TestHome } from './home.js';
import type { TestServer } from './server.js';

/** Global id of a row. */
export function globalId(type: string, uuid: string): string {
  return Buffer.from(`${type}:${uuid}`).toString('base64');
}

/** The UUID inside a global id. */
export function uuidOf(id: string): string {
  return Buffer.from(id, 'base64').toString('utf8').split(':')[1] as string;
}

/** An administrator: the role is set by SQL, and read at the login after it. */
export async function createAdmin(server: TestServer): Promise<{ userToken: string; userId: string }> {
  const email = `admin-${randomUUID()}@epicura.example`;
  const { userId } = await createPerson(server, email);
  await server.database.pool.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [uuidOf(userId)]);
  const { data } = await server.post(
    'mutation ($email: String!) { login(input: { email: $email, password: "long enough 1" }) { accessToken } }',
    { email },
  );
  return { userToken: data.login.accessToken, userId };
}

/** Takes the appliance out of its home, as unpairing does; when it returns, this instance knows. */
export async function unpair(server: TestServer, home: TestHome): Promise<void> {
  await server.database.pool.query('UPDATE appliances SET unpaired_at = now() WHERE id = $1', [
    uuidOf(home.applianceId),
  ]);
  await server.app.services.revocations.look();
}

/** A code that the device shows now. */
export async function showCode(server: TestServer, deviceToken: string): Promise<string> {
  const { data } = await server.post('mutation { rotatePairingCode { pairingCode } }', {}, deviceToken);
  return data.rotatePairingCode.pairingCode;
}

export const PAIR = `mutation ($code: String!, $name: String) {
  pairAppliance(input: { pairingCode: $code, name: $name }) { appliance { id name owner { id } } }
}`;

/** Takes the appliance out of its home, and the buyer pairs it. */
export async function sell(server: TestServer, home: TestHome, buyerToken: string): Promise<void> {
  await unpair(server, home);
  const answer = await server.post(PAIR, { code: await showCode(server, home.deviceToken) }, buyerToken);
  if (!answer.data?.pairAppliance) throw new Error(JSON.stringify(answer));
}

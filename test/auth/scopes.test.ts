import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf } from '../_util/answers.js';
import { createHome, registerDevice } from '../_util/home.js';
import { createAdmin } from '../_util/people.js';
import { documentFor, nameOf, rootFields, scopesOf, variablesFor } from '../_util/schema-walk.js';
import { askOn, startTestServer, type TestServer } from '../_util/server.js';

type Caller = 'nobody' | 'user' | 'device' | 'admin';

const ANYONE = ['anyone'];
const PEOPLE = ['user'];
const DEVICES = ['device'];
const BOTH = ['user', 'device'];
const ADMINISTRATORS = ['admin'];

/** Who may at most use each field at a root. One that is not named here may be used by nobody, and fails the test. */
const MAY: Record<string, readonly string[]> = {
  'Query.node': ANYONE,
  'Query.nodes': ANYONE,
  'Query.viewer': ANYONE,
  'Query.recipe': ANYONE,
  'Query.recipes': ANYONE,
  'Query.cookingSession': ANYONE,
  'Query.appliance': ANYONE,
  'Query.recipeChanges': BOTH,
  'Query.thisAppliance': ANYONE,
  'Query.firmwareUpdate': BOTH,
  'Query.users': ADMINISTRATORS,
  'Query.appliances': ADMINISTRATORS,
  'Query.cookingSessions': ADMINISTRATORS,
  'Query.firmwareReleases': ADMINISTRATORS,
  'Query.analytics': ADMINISTRATORS,

  'Mutation.register': ANYONE,
  'Mutation.login': ANYONE,
  'Mutation.refreshTokens': ANYONE,
  'Mutation.logout': ANYONE,
  'Mutation.logoutEverywhere': PEOPLE,
  'Mutation.changePassword': PEOPLE,
  'Mutation.updateProfile': PEOPLE,
  'Mutation.registerPushToken': PEOPLE,
  'Mutation.removePushToken': PEOPLE,
  'Mutation.pairAppliance': PEOPLE,
  'Mutation.renameAppliance': PEOPLE,
  'Mutation.unpairAppliance': PEOPLE,
  'Mutation.pauseCooking': PEOPLE,
  'Mutation.resumeCooking': PEOPLE,
  'Mutation.stopCooking': PEOPLE,
  'Mutation.rateCookingSession': PEOPLE,
  'Mutation.updatePreferences': BOTH,
  'Mutation.startCooking': BOTH,
  'Mutation.registerAppliance': ANYONE,
  'Mutation.rotatePairingCode': DEVICES,
  'Mutation.recordTelemetry': DEVICES,
  'Mutation.acknowledgeCommand': DEVICES,
  'Mutation.uploadCookingLogs': DEVICES,
  'Mutation.createRecipe': ADMINISTRATORS,
  'Mutation.updateRecipe': ADMINISTRATORS,
  'Mutation.publishRecipe': ADMINISTRATORS,
  'Mutation.unpublishRecipe': ADMINISTRATORS,
  'Mutation.deleteRecipe': ADMINISTRATORS,
  'Mutation.createFirmwareRelease': ADMINISTRATORS,
  'Mutation.updateFirmwareRelease': ADMINISTRATORS,
  'Mutation.sendApplianceCommand': ADMINISTRATORS,
  'Mutation.enrollAppliances': ADMINISTRATORS,
  'Mutation.setUserActive': ADMINISTRATORS,
  'Mutation.setUserRole': ADMINISTRATORS,

  'Subscription.cookingSessionEvents': BOTH,
  'Subscription.applianceUpdated': BOTH,
  'Subscription.applianceCommands': DEVICES,
  'Subscription.commandUpdated': BOTH,
};

const fields = [...rootFields('query'), ...rootFields('mutation'), ...rootFields('subscription')];

/** An administrator is a person too. */
function isAdmitted(caller: Caller, scopes: readonly string[]): boolean {
  return (
    scopes.includes('anyone') || scopes.includes(caller) || (caller === 'admin' && scopes.includes('user'))
  );
}

describe('every field at a root', () => {
  let server: TestServer;
  let tokens: Record<Caller, string | undefined>;

  beforeAll(async () => {
    server = await startTestServer();
    const [home, admin, device] = await Promise.all([
      createHome(server),
      createAdmin(server),
      registerDevice(server),
    ]);
    tokens = {
      nobody: undefined,
      user: home.userToken,
      admin: admin.userToken,
      device: device.deviceToken,
    };
  });
  afterAll(() => server.stop());

  it('says who may use it, because the default is nobody', () => {
    expect(fields.filter((field) => scopesOf(field).length === 0).map(nameOf)).toEqual([]);
  });

  it('is for nobody but those whom it is meant for', () => {
    const tooOpen = fields.flatMap((field) => {
      const may = MAY[nameOf(field)] ?? [];
      const more = may === ANYONE ? [] : scopesOf(field).filter((scope) => !may.includes(scope));
      return more.map((scope) => `${nameOf(field)} is open to ${scope}`);
    });
    expect(tooOpen).toEqual([]);
  });

  const unknownId = () => Buffer.from('Nothing:00000000-0000-4000-8000-000000000000').toString('base64');

  it.each(['HTTP', 'WebSocket'])(
    'refuses everybody else before it looks at anything, over %s',
    async (transport) => {
      for (const [caller, token] of Object.entries(tokens) as [Caller, string | undefined][]) {
        const socket = server.socket(token);
        for (const field of fields) {
          if (isAdmitted(caller, scopesOf(field))) continue;
          if (field.kind === 'subscription' && transport === 'HTTP') continue;
          const variables = variablesFor(field, unknownId);
          const query = documentFor(field, variables);
          const answer =
            transport === 'HTTP'
              ? await server.post(query, variables, token)
              : await askOn(socket, query, variables);
          const what = `${nameOf(field)} for ${caller}`;
          expect(refusalOf(answer).code, what).toBe(caller === 'nobody' ? 'UNAUTHENTICATED' : 'FORBIDDEN');
        }
      }
    },
  );
});

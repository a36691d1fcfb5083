import { graphql } from './generated/gql.js';
import type {
  AcknowledgeCommandMutation,
  ApplianceCommandsSubscription,
  RecipesQuery,
  RecordTelemetryMutation,
  RegisterMutation,
  RotatePairingCodeMutation,
  ThisApplianceQuery,
} from './generated/graphql.js';

/** What robots ask and tell the cloud, and the shape of the answers. `npm run codegen` keeps the types in step. */

/** The answer of a mutation that did not fail: where it fails, `Cloud.request` throws. */
type Done<Answer> = { [Field in keyof Answer]-?: NonNullable<Answer[Field]> };

export const REGISTER = graphql(`
  mutation Register($input: RegisterApplianceInput!) {
    registerAppliance(input: $input) { deviceToken pairingCode pairingCodeExpiresAt }
  }
`).toString();
export type Registered = Done<RegisterMutation>;

export const ROTATE_PAIRING_CODE = graphql(`
  mutation RotatePairingCode { rotatePairingCode { pairingCode pairingCodeExpiresAt } }
`).toString();
export type PairingCodeRotated = Done<RotatePairingCodeMutation>;
export type PairingCode = PairingCodeRotated['rotatePairingCode'];

export const THIS_APPLIANCE = graphql(`
  query ThisAppliance { thisAppliance { id currentSession { uuid commands { kind state } } } }
`).toString();
export type ThisAppliance = ThisApplianceQuery;

export const RECIPES = graphql(`
  query Recipes($after: String) {
    recipes(first: 50, after: $after) {
      pageInfo { hasNextPage endCursor }
      edges {
        node {
          id
          uuid
          name
          stages {
            name
            targetTemperature
            durationSeconds
            stir
            stirPattern
            cvCheck
            ingredients { subsystem channel slot name amountGrams mode }
          }
        }
      }
    }
  }
`).toString();
export type RecipePage = RecipesQuery;
type Edge = NonNullable<NonNullable<RecipesQuery['recipes']>['edges']>[number];
export type CloudRecipe = NonNullable<NonNullable<Edge>['node']>;

export const START_COOKING = graphql(`
  mutation StartCooking($input: StartCookingInput!) {
    startCooking(input: $input) { session { uuid } }
  }
`).toString();

export const RECORD_TELEMETRY = graphql(`
  mutation RecordTelemetry($input: RecordTelemetryInput!) {
    recordTelemetry(input: $input) {
      accepted
      duplicates
      rejected { deviceSequence recordedAt code message }
    }
  }
`).toString();
export type TelemetryRecorded = Done<RecordTelemetryMutation>;

export const APPLIANCE_COMMANDS = graphql(`
  subscription ApplianceCommands { applianceCommands { id kind state payload session { uuid } } }
`).toString();
export type Command = NonNullable<ApplianceCommandsSubscription['applianceCommands']>;

export const ACKNOWLEDGE_COMMAND = graphql(`
  mutation AcknowledgeCommand($input: AcknowledgeCommandInput!) {
    acknowledgeCommand(input: $input) { command { state } }
  }
`).toString();
export type CommandAcknowledged = Done<AcknowledgeCommandMutation>;

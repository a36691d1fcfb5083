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
    "\n  mutation Register($input: RegisterApplianceInput!) {\n    registerAppliance(input: $input) { deviceToken pairingCode pairingCodeExpiresAt }\n  }\n": typeof types.RegisterDocument,
    "\n  mutation RotatePairingCode { rotatePairingCode { pairingCode pairingCodeExpiresAt } }\n": typeof types.RotatePairingCodeDocument,
    "\n  query ThisAppliance { thisAppliance { id currentSession { uuid commands { kind state } } } }\n": typeof types.ThisApplianceDocument,
    "\n  query Recipes($after: String) {\n    recipes(first: 50, after: $after) {\n      pageInfo { hasNextPage endCursor }\n      edges {\n        node {\n          id\n          uuid\n          name\n          stages {\n            name\n            targetTemperature\n            durationSeconds\n            stir\n            stirPattern\n            cvCheck\n            ingredients { subsystem channel slot name amountGrams mode }\n          }\n        }\n      }\n    }\n  }\n": typeof types.RecipesDocument,
    "\n  mutation StartCooking($input: StartCookingInput!) {\n    startCooking(input: $input) { session { uuid } }\n  }\n": typeof types.StartCookingDocument,
    "\n  mutation RecordTelemetry($input: RecordTelemetryInput!) {\n    recordTelemetry(input: $input) {\n      accepted\n      duplicates\n      rejected { deviceSequence recordedAt code message }\n    }\n  }\n": typeof types.RecordTelemetryDocument,
    "\n  subscription ApplianceCommands { applianceCommands { id kind state payload session { uuid } } }\n": typeof types.ApplianceCommandsDocument,
    "\n  mutation AcknowledgeCommand($input: AcknowledgeCommandInput!) {\n    acknowledgeCommand(input: $input) { command { state } }\n  }\n": typeof types.AcknowledgeCommandDocument,
};
const documents: Documents = {
    "\n  mutation Register($input: RegisterApplianceInput!) {\n    registerAppliance(input: $input) { deviceToken pairingCode pairingCodeExpiresAt }\n  }\n": types.RegisterDocument,
    "\n  mutation RotatePairingCode { rotatePairingCode { pairingCode pairingCodeExpiresAt } }\n": types.RotatePairingCodeDocument,
    "\n  query ThisAppliance { thisAppliance { id currentSession { uuid commands { kind state } } } }\n": types.ThisApplianceDocument,
    "\n  query Recipes($after: String) {\n    recipes(first: 50, after: $after) {\n      pageInfo { hasNextPage endCursor }\n      edges {\n        node {\n          id\n          uuid\n          name\n          stages {\n            name\n            targetTemperature\n            durationSeconds\n            stir\n            stirPattern\n            cvCheck\n            ingredients { subsystem channel slot name amountGrams mode }\n          }\n        }\n      }\n    }\n  }\n": types.RecipesDocument,
    "\n  mutation StartCooking($input: StartCookingInput!) {\n    startCooking(input: $input) { session { uuid } }\n  }\n": types.StartCookingDocument,
    "\n  mutation RecordTelemetry($input: RecordTelemetryInput!) {\n    recordTelemetry(input: $input) {\n      accepted\n      duplicates\n      rejected { deviceSequence recordedAt code message }\n    }\n  }\n": types.RecordTelemetryDocument,
    "\n  subscription ApplianceCommands { applianceCommands { id kind state payload session { uuid } } }\n": types.ApplianceCommandsDocument,
    "\n  mutation AcknowledgeCommand($input: AcknowledgeCommandInput!) {\n    acknowledgeCommand(input: $input) { command { state } }\n  }\n": types.AcknowledgeCommandDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Register($input: RegisterApplianceInput!) {\n    registerAppliance(input: $input) { deviceToken pairingCode pairingCodeExpiresAt }\n  }\n"): typeof import('./graphql.js').RegisterDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RotatePairingCode { rotatePairingCode { pairingCode pairingCodeExpiresAt } }\n"): typeof import('./graphql.js').RotatePairingCodeDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ThisAppliance { thisAppliance { id currentSession { uuid commands { kind state } } } }\n"): typeof import('./graphql.js').ThisApplianceDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Recipes($after: String) {\n    recipes(first: 50, after: $after) {\n      pageInfo { hasNextPage endCursor }\n      edges {\n        node {\n          id\n          uuid\n          name\n          stages {\n            name\n            targetTemperature\n            durationSeconds\n            stir\n            stirPattern\n            cvCheck\n            ingredients { subsystem channel slot name amountGrams mode }\n          }\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.js').RecipesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation StartCooking($input: StartCookingInput!) {\n    startCooking(input: $input) { session { uuid } }\n  }\n"): typeof import('./graphql.js').StartCookingDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RecordTelemetry($input: RecordTelemetryInput!) {\n    recordTelemetry(input: $input) {\n      accepted\n      duplicates\n      rejected { deviceSequence recordedAt code message }\n    }\n  }\n"): typeof import('./graphql.js').RecordTelemetryDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription ApplianceCommands { applianceCommands { id kind state payload session { uuid } } }\n"): typeof import('./graphql.js').ApplianceCommandsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation AcknowledgeCommand($input: AcknowledgeCommandInput!) {\n    acknowledgeCommand(input: $input) { command { state } }\n  }\n"): typeof import('./graphql.js').AcknowledgeCommandDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

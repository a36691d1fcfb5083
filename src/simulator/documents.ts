import type { KitchenIngredient } from '../kitchen/stages.js';

/** What robots ask and tell the cloud, and the shape of the answers. */

export const REGISTER = /* GraphQL */ `
  mutation Register($input: RegisterApplianceInput!) {
    registerAppliance(input: $input) { deviceToken pairingCode pairingCodeExpiresAt }
  }
`;
export interface Registered {
  registerAppliance: PairingCode & { deviceToken: string };
}

export const ROTATE_PAIRING_CODE = /* GraphQL */ `
  mutation RotatePairingCode { rotatePairingCode { pairingCode pairingCodeExpiresAt } }
`;
export interface PairingCodeRotated {
  rotatePairingCode: PairingCode;
}
export interface PairingCode {
  pairingCode: string;
  pairingCodeExpiresAt: string;
}

export const THIS_APPLIANCE = /* GraphQL */ `
  query ThisAppliance { thisAppliance { id currentSession { uuid } } }
`;
export interface ThisAppliance {
  thisAppliance: { id: string; currentSession: { uuid: string } | null } | null;
}

export const RECIPES = /* GraphQL */ `
  query Recipes($after: String) {
    recipes(first: 50, after: $after) {
      pageInfo { hasNextPage endCursor }
      edges {
        node {
          id
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
`;
export interface RecipePage {
  recipes: {
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
    edges: ({ node: CloudRecipe | null } | null)[] | null;
  } | null;
}
export interface CloudRecipe {
  id: string;
  name: string;
  stages: {
    name: string;
    targetTemperature: number | null;
    durationSeconds: number | null;
    stir: boolean;
    stirPattern: string | null;
    cvCheck: string | null;
    ingredients: {
      subsystem: KitchenIngredient['subsystem'];
      channel: string | null;
      slot: number | null;
      name: string;
      amountGrams: number | null;
      mode: string | null;
    }[];
  }[];
}

export const START_COOKING = /* GraphQL */ `
  mutation StartCooking($input: StartCookingInput!) {
    startCooking(input: $input) { session { uuid } }
  }
`;

export const RECORD_TELEMETRY = /* GraphQL */ `
  mutation RecordTelemetry($input: RecordTelemetryInput!) {
    recordTelemetry(input: $input) {
      accepted
      duplicates
      rejected { deviceSequence recordedAt code message }
    }
  }
`;
export interface TelemetryRecorded {
  recordTelemetry: {
    accepted: number;
    duplicates: number;
    rejected: { deviceSequence: number; recordedAt: string; code: string; message: string }[];
  };
}

import type { Ask } from './catalogue.js';
import {
  type PairingCode,
  type PairingCodeRotated,
  REGISTER,
  type Registered,
  ROTATE_PAIRING_CODE,
} from './documents.js';
import type { SimulatorLog } from './log.js';
import type { MemoryFiles } from './memory.js';

/** What is printed on a robot, and what runs in it. */
export interface Identity {
  deviceId: string;
  serialNumber: string;
  /** A token that was made for it; kept from then on. */
  token?: string | undefined;
  firmwareVersionCm5: string;
  firmwareVersionStm32: string;
}

/**
 * Finds the robot's token: the one it was given, the one it kept, or one that it registers for, which it then keeps.
 * `isNew` where the token is not the one it had before: what it remembers is of another cloud.
 */
export async function admit(
  files: MemoryFiles,
  identity: Identity,
  ask: Ask,
  display: PairingDisplay,
  log: SimulatorLog,
): Promise<{ token: string; isNew: boolean }> {
  const { deviceId, serialNumber, firmwareVersionCm5, firmwareVersionStm32 } = identity;
  const kept = await files.readToken();
  if (kept !== undefined && (identity.token === undefined || identity.token === kept)) {
    return { token: kept, isNew: false };
  }
  let token = identity.token;
  if (token === undefined) {
    const input = { deviceId, serialNumber, firmwareVersionCm5, firmwareVersionStm32 };
    const { registerAppliance } = await ask<Registered>(REGISTER, { input });
    token = registerAppliance.deviceToken;
    display.code = registerAppliance;
    log.info({ deviceId }, 'registered with the cloud');
  }
  await files.writeToken(token);
  return { token, isNew: true };
}

/** The screen that shows the six digits by which a person pairs the robot. */
export class PairingDisplay {
  readonly #ask: Ask;
  readonly #deviceId: string;
  readonly #log: SimulatorLog;
  #shown: string | undefined;
  code: PairingCode | undefined;

  constructor(ask: Ask, deviceId: string, log: SimulatorLog) {
    this.#ask = ask;
    this.#deviceId = deviceId;
    this.#log = log;
  }

  /** Shows a code that is still good, a new one where the old one expired. */
  async show(): Promise<void> {
    if (!this.code || Date.parse(this.code.pairingCodeExpiresAt) <= Date.now()) {
      const answer = await this.#ask<PairingCodeRotated>(ROTATE_PAIRING_CODE, {});
      this.code = answer.rotatePairingCode;
    }
    if (this.#shown === this.code.pairingCode) return;
    this.#shown = this.code.pairingCode;
    this.#log.info({ deviceId: this.#deviceId, pairingCode: this.#shown }, 'waiting to be paired');
  }
}

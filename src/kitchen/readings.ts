/**
 * What an appliance reports, by the names and enum values of the API's `TelemetryReadingInput`: exactly one key says
 * which kind of reading it is.
 */
export type Reading =
  | { temperature: TemperatureReading }
  | { status: StatusReading }
  | { stageChange: StageChangeReading }
  | { alert: AlertReading }
  | { heartbeat: HeartbeatReading };

export interface TemperatureReading {
  /** Of the pot's surface, °C. */
  temperature: number;
  targetTemperature?: number;
  coilTemperature: number;
  powerPercent: number;
  /** Of what is in the pot. */
  weightGrams: number;
  stirActive: boolean;
  stirPattern?: string;
  /** Of the whole cook, like `secondsRemaining`. */
  progressPercent: number;
  secondsRemaining: number;
  /** What the camera looks for in this stage, and how sure it is to see it. */
  cvClass?: string;
  cvConfidence?: number;
}

export interface StatusReading {
  sessionStatus: 'COOKING' | 'PAUSED' | 'COMPLETED' | 'ABORTED' | 'ERROR';
  reason?: string;
}

/** A stage begins; `previous…` and `cvConfidence` tell how the one before it ended. */
export interface StageChangeReading {
  stageIndex: number;
  stageName: string;
  totalStages: number;
  previousDurationSeconds?: number;
  previousResult?: StageResult;
  cvConfidence?: number;
}

/** What ended a stage. */
export type StageResult = 'camera' | 'timer' | 'temperature';

export interface AlertReading {
  code: string;
  severity: 'INFO' | 'WARNING' | 'CRITICAL';
  message: string;
}

export interface HeartbeatReading {
  uptimeSeconds: number;
  wifiRssi: number;
  freeMemoryMegabytes: number;
  cpuTemperature: number;
  firmwareVersionCm5?: string;
  firmwareVersionStm32?: string;
}

/** A reading with the cook's own time at which it was taken: seconds since the cook began, pauses included. */
export interface TimedReading {
  atSeconds: number;
  reading: Reading;
}

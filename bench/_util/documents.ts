/** What a live screen asks for: every type of entry with all that it carries. */
export const FEED = `subscription CookFeed($sessionId: ID!, $after: String) {
  cookingSessionEvents(sessionId: $sessionId, after: $after) {
    __typename id cursor sequence recordedAt
    ... on SessionSnapshot {
      reset
      session {
        id status startedAt recipeName
        progress { stageIndex stageName totalStages progressPercent temperature targetTemperature secondsRemaining }
        recipe { id name }
      }
    }
    ... on TemperatureEvent {
      receivedAt temperature targetTemperature coilTemperature powerPercent weightGrams stirActive stirPattern
      progressPercent secondsRemaining cvClass cvConfidence
    }
    ... on StageChangeEvent {
      receivedAt stageIndex stageName totalStages previousDurationSeconds previousResult cvConfidence
    }
    ... on StatusEvent { receivedAt sessionStatus applianceStatus reason }
    ... on AlertEvent { receivedAt code severity message }
    ... on HeartbeatEvent { receivedAt uptimeSeconds wifiRssi freeMemoryMegabytes cpuTemperature }
    ... on EventsSkipped { fromSequence toSequence skipReason }
  }
}`;

/** What a robot sends. */
export const RECORD = `mutation Record($input: RecordTelemetryInput!) {
  recordTelemetry(input: $input) { accepted duplicates rejected { deviceSequence recordedAt code message } }
}`;

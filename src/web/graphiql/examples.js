/**
 * What the page opens with. Each tab runs as it is: the first signs in with the demo account, the others use that
 * sign-in, and an empty `sessionId` becomes the newest cook in the kitchen.
 *
 * @type {{ query: string, variables?: string }[]}
 */
export const examples = [
  {
    query: `# Run this first: the page remembers the token
# and sends it with the other tabs.
# The tabs of administrators are at
# /graphql?desk.
mutation SignIn($input: LoginInput!) {
  login(input: $input) {
    accessToken
    user {
      id
      name
      email
      role
    }
  }
}
`,
    variables: format({ input: { email: 'cook@epicura.example', password: 'cook-along-42' } }),
  },
  {
    query: `# Ten dishes, and one of them stage by stage.
query Browse {
  recipes(first: 10) {
    totalCount
    edges {
      node {
        id
        name
        cuisine
        category
        timeMinutes
        nutrition {
          calories
          proteinGrams
          carbsGrams
          fatsGrams
        }
      }
    }
  }
  stageByStage: recipes(first: 1) {
    edges {
      node {
        name
        stages {
          position
          name
          targetTemperature
          durationSeconds
          stir
          ingredients {
            name
            amountGrams
          }
        }
      }
    }
  }
}
`,
  },
  {
    query: `# A cook, live: how it stands, then each event.
# While sessionId is empty, the page takes
# your newest running cook.
subscription WatchACook($sessionId: ID!) {
  cookingSessionEvents(sessionId: $sessionId) {
    __typename
    sequence
    recordedAt
    cursor
    ... on SessionSnapshot {
      session {
        id
        recipeName
        status
        progress {
          stageIndex
          stageName
          totalStages
          progressPercent
          temperature
          targetTemperature
          secondsRemaining
        }
      }
    }
    ... on StageChangeEvent {
      stageIndex
      stageName
      totalStages
      previousResult
    }
    ... on TemperatureEvent {
      temperature
      targetTemperature
      progressPercent
      secondsRemaining
    }
    ... on StatusEvent {
      sessionStatus
      applianceStatus
      reason
    }
    ... on AlertEvent {
      code
      severity
      message
    }
  }
}
`,
    variables: format({ sessionId: '' }),
  },
  {
    query: `# Your appliances, live: each as it is now,
# then whenever it changes.
subscription MyKitchen {
  applianceUpdated {
    id
    name
    status
    currentSession {
      id
      recipeName
      progress {
        stageName
        progressPercent
        temperature
        secondsRemaining
      }
    }
  }
}
`,
  },
];

/** @param {Record<string, unknown>} variables */
export function format(variables) {
  return JSON.stringify(variables, null, 2);
}

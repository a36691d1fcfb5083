// What an app with Relay would write; relay-compiler reads these documents, nobody runs them.
declare function graphql(parts: TemplateStringsArray): unknown;

/** A connection that an app pages through, with the viewer's own flag on each card. */
export const recipeList = graphql`
  fragment app_recipeList on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }, search: { type: "String" })
  @refetchable(queryName: "appRecipeListPaginationQuery") {
    recipes(first: $count, after: $cursor, search: $search) @connection(key: "app_recipeList_recipes") {
      totalCount
      edges {
        node {
          id
          name
          timeMinutes
        }
      }
    }
  }
`;

/** A fragment of a node that is fetched again by its id. */
export const cookProgress = graphql`
  fragment app_cookProgress on CookingSession @refetchable(queryName: "appCookProgressRefetchQuery") {
    status
    progress {
      stageName
      progressPercent
    }
    appliance {
      id
      name
    }
  }
`;

export const home = graphql`
  query appHomeQuery($search: String) {
    ...app_recipeList @arguments(search: $search)
    viewer {
      id
      cookingSessions(first: 1) {
        edges {
          node {
            id
            ...app_cookProgress
          }
        }
      }
    }
  }
`;

export const live = graphql`
  subscription appLiveSubscription($sessionId: ID!, $after: String) {
    cookingSessionEvents(sessionId: $sessionId, after: $after) {
      __typename
      id
      sequence
      cursor
      ... on SessionSnapshot {
        session {
          id
          ...app_cookProgress
        }
      }
      ... on TemperatureEvent {
        temperature
      }
    }
  }
`;

export const rate = graphql`
  mutation appRateMutation($input: RateCookingSessionInput!) {
    rateCookingSession(input: $input) {
      session {
        id
        userRating
      }
    }
  }
`;

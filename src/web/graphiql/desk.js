import { recipeDesk } from './desk-recipes.js';
import { format } from './examples.js';

/**
 * What `/graphql?desk` opens with: a tab for each job of an administrator. Run in this order they work as they are on
 * the demo data. Ids that are empty, and a `version` of 0, are filled in from what the page has seen (`seen.js`).
 *
 * @type {{ query: string, variables?: string }[]}
 */
export const desk = [
  {
    query: `# Run this first, as an administrator: the page
# remembers the token and sends it with the
# other tabs.
mutation SignIn($input: LoginInput!) {
  login(input: $input) {
    accessToken
    user {
      name
      email
      role
    }
  }
}
`,
    variables: format({ input: { email: 'admin@epicura.example', password: 'season-well-42' } }),
  },
  ...recipeDesk,
  {
    query: `# Words of e-mail address or name.
# Where this leaves one person, it is the one
# whom the next three tabs are about.
query FindPeople($search: String) {
  users(first: 20, search: $search) {
    totalCount
    edges {
      node {
        id
        name
        email
        role
        isActive
        createdAt
      }
    }
  }
}
`,
    variables: format({ search: 'cook@epicura.example' }),
  },
  {
    query: `# Ends the sign-ins of a person at once, and
# allows no more.
# While userId is empty, the page takes the one
# person whom FindPeople found.
mutation CloseAccount($input: SetUserActiveInput!) {
  setUserActive(input: $input) {
    user {
      id
      email
      isActive
    }
  }
}
`,
    variables: format({ input: { userId: '', isActive: false } }),
  },
  {
    query: `# The same person may sign in again.
# While userId is empty, the page takes the one
# person whom FindPeople found.
mutation OpenAccount($input: SetUserActiveInput!) {
  setUserActive(input: $input) {
    user {
      id
      email
      isActive
    }
  }
}
`,
    variables: format({ input: { userId: '', isActive: true } }),
  },
  {
    query: `# Makes the person an administrator; the role
# USER takes it back.
# While userId is empty, the page takes the one
# person whom FindPeople found.
mutation PromotePerson($input: SetUserRoleInput!) {
  setUserRole(input: $input) {
    user {
      id
      email
      role
    }
  }
}
`,
    variables: format({ input: { userId: '', role: 'ADMIN' } }),
  },
  {
    query: `# The fleet: how many there are of each status,
# what they run, and when each was heard last.
# status is ONLINE, COOKING, ERROR or OFFLINE
# (silent for 90 seconds); null lists all.
# search takes words of device id, serial number
# or name, firmwareVersion a version of either
# part, and silentSince a time: those that were
# not heard of since.
query Fleet(
  $status: ApplianceStatus
  $search: String
  $firmwareVersion: String
  $silentSince: DateTime
  $from: DateTime!
  $to: DateTime!
) {
  online: appliances(first: 1, status: ONLINE) {
    totalCount
  }
  cooking: appliances(first: 1, status: COOKING) {
    totalCount
  }
  offline: appliances(first: 1, status: OFFLINE) {
    totalCount
  }
  error: appliances(first: 1, status: ERROR) {
    totalCount
  }
  firmware: analytics(from: $from, to: $to) {
    cm5: firmwareVersions(target: CM5) {
      version
      count
    }
    stm32: firmwareVersions(target: STM32) {
      version
      count
    }
  }
  appliances(
    first: 50
    status: $status
    search: $search
    firmwareVersion: $firmwareVersion
    silentSince: $silentSince
  ) {
    totalCount
    edges {
      node {
        id
        deviceId
        name
        status
        lastSeenAt
        firmwareVersionCm5
        firmwareVersionStm32
        availableFirmware {
          target
          version
        }
        owner {
          email
        }
      }
    }
  }
}
`,
    variables: format({
      ...{ status: null, search: null, firmwareVersion: null, silentSince: null },
      ...lastDays(30),
    }),
  },
  {
    query: `# All releases: by target, the newest version
# first.
query FirmwareReleases($target: FirmwareTarget, $channel: FirmwareChannel) {
  firmwareReleases(first: 50, target: $target, channel: $channel) {
    totalCount
    edges {
      node {
        id
        target
        version
        channel
        isMandatory
        minVersion
        createdAt
      }
    }
  }
}
`,
    variables: format({ target: null, channel: null }),
  },
  {
    query: `# Each target has a version once: for the next
# one, count it up.
mutation AnnounceFirmware($input: CreateFirmwareReleaseInput!) {
  createFirmwareRelease(input: $input) {
    release {
      id
      target
      version
      channel
    }
  }
}
`,
    variables: format({
      input: {
        target: 'CM5',
        version: '1.6.0',
        channel: 'ALPHA',
        binaryUrl: 'https://firmware.epicura.example/cm5/1.6.0.bin',
        checksumSha256: '3f'.repeat(32),
        fileSizeBytes: 195_035_136,
        releaseNotes: 'Recipes while the network is away.',
        minVersion: '1.3.0',
      },
    }),
  },
  {
    query: `# ALPHA, then BETA, then STABLE: the devices of
# that channel may install it.
# While releaseId is empty, the page takes the
# release that it announced last;
# FirmwareReleases lists the ids of the others.
mutation PromoteFirmware($input: UpdateFirmwareReleaseInput!) {
  updateFirmwareRelease(input: $input) {
    release {
      id
      target
      version
      channel
    }
  }
}
`,
    variables: format({ input: { releaseId: '', channel: 'BETA' } }),
  },
  {
    query: `# What all homes did: by day, by outcome, by
# recipe, and what they run. A year at most.
query Analytics($from: DateTime!, $to: DateTime!) {
  analytics(from: $from, to: $to) {
    sessionsPerDay {
      day
      count
    }
    newUsersPerDay {
      day
      count
    }
    sessionOutcomes {
      status
      count
    }
    popularRecipes(first: 10) {
      recipe {
        id
        name
      }
      cookCount
      averageRating
      averageDurationSeconds
    }
    cm5: firmwareVersions(target: CM5) {
      version
      count
    }
    stm32: firmwareVersions(target: STM32) {
      version
      count
    }
  }
}
`,
    variables: format(lastDays(30)),
  },
];

/** @param {number} days until now */
function lastDays(days) {
  const now = Date.now();
  return { from: new Date(now - days * 86_400_000).toISOString(), to: new Date(now).toISOString() };
}

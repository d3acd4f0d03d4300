/**
 * Which workspace may import which. Imports go one way: services, packages with a port or a runtime, sqlite, domain,
 * contracts. A new workspace is a line here; a new line that points back up is refused by the check itself.
 */
export const allowedImports: Readonly<Record<string, readonly string[]>> = {
  'packages/contracts': [],
  'packages/domain': ['contracts'],
  'packages/sqlite': ['contracts'],
  'packages/buy-till-you-die': [],
  'packages/charts': [],
  'packages/shop-models': ['buy-till-you-die', 'contracts', 'domain'],

  'packages/runtime': ['contracts', 'sqlite'],
  'packages/event-store': ['contracts', 'sqlite'],
  'packages/message-bus': ['contracts', 'sqlite'],
  'packages/read-store': ['contracts', 'sqlite'],
  'packages/postgres': ['contracts', 'dead-letters', 'event-store', 'read-store', 'runtime', 'settle', 'waiting-room'],
  'packages/kurrentdb': ['contracts', 'event-store', 'sqlite'],
  'packages/kafka': ['contracts', 'message-bus'],
  'packages/dead-letters': ['contracts', 'sqlite'],
  'packages/waiting-room': ['event-store', 'sqlite'],
  'packages/settle': ['contracts', 'event-store', 'sqlite'],
  'packages/configuration': ['contracts'],
  'packages/importers': ['contracts'],
  'packages/sample-shop': ['contracts'],
  'packages/projector': ['contracts', 'domain', 'event-store', 'read-store', 'runtime', 'shop-models'],
  'packages/learning': ['contracts', 'domain', 'event-store', 'projector', 'runtime', 'shop-models'],
  'packages/operations': ['contracts', 'dead-letters', 'event-store', 'message-bus', 'read-store', 'runtime'],
  'packages/reports': ['charts', 'contracts', 'domain', 'event-store', 'projector'],
  'packages/decisions': ['contracts', 'domain', 'event-store', 'projector', 'settle'],

  'services/tier': ['contracts', 'domain', 'projector'],
  'services/points': ['contracts', 'domain', 'projector'],
  'services/lifecycle': ['contracts', 'domain', 'projector'],
  'services/churn-risk': ['contracts', 'domain', 'projector'],
  'services/value': ['contracts', 'domain', 'projector'],
  'services/ingest': ['contracts', 'dead-letters', 'event-store', 'message-bus', 'runtime', 'waiting-room'],
  'services/learner': ['contracts', 'domain', 'event-store', 'learning', 'projector', 'runtime'],
  'services/settlement': ['event-store', 'runtime', 'settle'],
  'services/relay': ['contracts', 'event-store', 'message-bus', 'projector', 'read-store', 'runtime'],
  'services/api': [
    'contracts',
    'dead-letters',
    'decisions',
    'domain',
    'event-store',
    'message-bus',
    'operations',
    'projector',
    'read-store',
    'reports',
    'runtime',
  ],

  // The list of projectors, and the two places where services are put together.
  'services/projectors': ['projector', 'tier', 'points', 'lifecycle', 'churn-risk', 'value'],
  'services/engine': [
    'configuration',
    'kafka',
    'kurrentdb',
    'operations',
    'postgres',
    'contracts',
    'dead-letters',
    'event-store',
    'message-bus',
    'projector',
    'read-store',
    'runtime',
    'ingest',
    'learner',
    'projectors',
    'relay',
    'settle',
    'settlement',
    'api',
    'waiting-room',
  ],
  'services/cli': [
    'configuration',
    'contracts',
    'dead-letters',
    'decisions',
    'domain',
    'event-store',
    'charts',
    'importers',
    'kafka',
    'kurrentdb',
    'learning',
    'message-bus',
    'postgres',
    'projector',
    'reports',
    'shop-models',
    'read-store',
    'runtime',
    'sample-shop',
    'engine',
    'ingest',
  ],
}

/** The dependency injection container is seen where services are put together, and nowhere else. */
export const compositionRoots = [/^services\/engine\/src\/(composition|infrastructure)\.ts$/, /^services\/[^/]+\/src\/composition\.ts$/]

/** Names of bindings carry the container's types, and only those. */
export const containerTypesOnly = [/^packages\/runtime\/src\/tokens\.ts$/]

/** What folds is plain data and functions: no file, no network, no clock of the machine. */
export const withoutInputAndOutput = { workspaces: ['packages/domain', 'packages/shop-models'], pureModules: ['node:util', 'node:crypto'] }

/** Imports out of a workspace that are meant, each with its reason. */
export const exceptions: readonly { file: string; imports: string; reason: string }[] = [
  {
    file: 'services/cli/src/commands/bench.ts',
    imports: 'test/bench/bench.ts',
    reason: 'The benchmark is no part of the product; it is loaded only when it is asked for.',
  },
]

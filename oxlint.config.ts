import type { OxlintConfig } from 'oxlint';

type Rules = NonNullable<OxlintConfig['rules']>;
type Override = NonNullable<OxlintConfig['overrides']>[number];

const contract = '#contract/**';
const runtime = '#runtime/**';
const builtins = ['node:*', 'node:*/**'];
const itself = './**';
const parent = '../**';
const kubernetesTypes = '@kubernetes/client-node';

/** One row of the import table of ARCHITECTURE.md: what the files may import. Everything else is an error. */
interface Row {
  readonly files: readonly string[];
  readonly allow: readonly string[];
  /** Exceptions from `allow`. */
  readonly deny?: readonly string[];
  /** Allowed for `import type` only: erased before anything runs. */
  readonly typesOnly?: readonly string[];
  /** How many folders a relative import may climb, so that `../../webhook` is no way out of a process. */
  readonly climb?: number;
  /** No clock, randomness, process, network or timers: time comes in as a number. */
  readonly pure?: boolean;
  /** Runs on QuickJS too, which has the language and nothing of a browser's or Node's. */
  readonly bare?: boolean;
}

/** Later rows win, so each goes from the general to the particular. */
const importTable: readonly Row[] = [
  // A folder that no later row names may import next to nothing, so that a new one has to be given a row.
  { files: ['{webhook,sidecar,controller}/**'], allow: [contract, itself], pure: true },

  { files: ['contract/**'], allow: [itself], typesOnly: ['json-schema-to-ts'], pure: true },

  { files: ['runtime/**'], allow: [contract, itself, ...builtins, 'ajv', 'fastify', 'pino', 'prom-client'] },
  {
    files: ['runtime/kubernetes/**'],
    allow: [contract, itself, parent, runtime, ...builtins, 'prom-client', kubernetesTypes],
    climb: 1,
  },

  { files: ['sidecar/*.ts'], allow: [contract, itself], pure: true, bare: true },
  { files: ['sidecar/{grpc,signals}/**'], allow: [contract, itself, parent], climb: 1, pure: true, bare: true },
  { files: ['sidecar/hosts/**'], allow: [contract, itself, parent, ...builtins], climb: 2 },

  // The top of webhook/ decides and is pure, but for the files that wire, watch and serve.
  {
    files: ['webhook/*.ts'],
    allow: [contract, itself],
    deny: [
      './main.ts',
      './process.ts',
      './server.ts',
      './mutate.ts',
      './journal.ts',
      './variant-prover.ts',
      './body.ts',
      './settings.ts',
      './watches.ts',
      './injection-gate.ts',
      './overrides.ts',
      './*/**',
    ],
    pure: true,
  },
  { files: ['webhook/variants.ts'], allow: [contract, itself, 'fast-json-patch'], pure: true },
  {
    files: [
      'webhook/{main,process,server,mutate,journal,variant-prover,unused-connections,body,settings,watches,injection-gate,overrides}.ts',
      'webhook/certificates/**',
    ],
    allow: [contract, runtime, itself, ...builtins, 'fastify', 'node-forge'],
  },

  { files: ['controller/*.ts'], allow: [contract, runtime, itself, ...builtins] },
  { files: ['controller/model/**'], allow: [contract, itself], pure: true },
  { files: ['controller/{detectors,handlers}/**'], allow: [contract, '../model/**'], climb: 1, pure: true },
  // What two detectors share lies below them: no plug-in ever imports another.
  {
    files: ['controller/detectors/*.ts'],
    allow: [contract, '../model/**', './evidence/**', './exits/**', './probes/**'],
    climb: 1,
    pure: true,
  },
  { files: ['controller/detectors/evidence/**'], allow: [contract, itself, '../../model/**'], climb: 2, pure: true },
  {
    files: ['controller/detectors/{exits,probes}/**'],
    allow: [contract, itself, '../evidence/**', '../../model/**'],
    climb: 2,
    pure: true,
  },
  { files: ['controller/decide/**'], allow: [contract, itself, '../model/**', 'croner'], climb: 1, pure: true },
  {
    files: ['controller/sinks/**'],
    allow: [contract, '../model/**', 'standardwebhooks'],
    climb: 1,
    pure: true,
  },
  { files: ['controller/{detectors,handlers,sinks}/index.ts'], allow: [itself, '../model/**'], climb: 1, pure: true },
  {
    files: ['controller/{input,execute,api}/**'],
    allow: [contract, runtime, itself, '../model/**', ...builtins, 'fastify', 'cockatiel', 'p-queue'],
    typesOnly: [kubernetesTypes],
    climb: 1,
  },
  {
    files: ['controller/input/projections/**'],
    allow: [contract, runtime, itself, '../../model/**', 'croner'],
    typesOnly: [kubernetesTypes],
    climb: 2,
    pure: true,
  },
];

/** Ambient ways to time, chance and the outside world. */
const impureGlobals = [
  'process',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'queueMicrotask',
  'performance',
  'crypto',
  'console',
  'globalThis',
];

/** What the agent's engine lacks, or leaves out to hold less memory. */
const absentGlobals = (
  'AbortController AbortSignal ArrayBuffer Buffer DataView Intl Proxy ' +
  'TextDecoder TextEncoder URL URLSearchParams WeakRef structuredClone'
).split(' ');

const impureProperties = [
  { object: 'Date', property: 'now', message: 'Time comes in as a number.' },
  { object: 'Math', property: 'random', message: 'Randomness comes in as a parameter.' },
];
const environment = { object: 'process', property: 'env', message: 'Only settings.ts reads the environment.' };
const mocks = ['mock', 'doMock', 'hoisted', 'stubGlobal', 'stubEnv', 'useFakeTimers'].map((property) => ({
  object: 'vi',
  property,
  message: 'A unit that needs this lacks a parameter: hand the dependency in.',
}));

/** oxlint reads groups like .gitignore lines: `#` must be escaped, the last match wins, `*` alone matches any specifier. */
function escaped(specifier: string): string {
  return specifier.replace(/^#/, '\\#');
}

function allowList({ allow, deny = [], typesOnly = [], climb = 0 }: Row): NonNullable<Rules['no-restricted-imports']> {
  const allowed = [...allow, ...typesOnly].map((specifier) => `!${escaped(specifier)}`);
  const tooHigh = `${'../'.repeat(climb + 1)}**`;
  const detours = ['./../**', './**/../**', '\\#*/**/../**'];
  return [
    'error',
    {
      patterns: [
        {
          group: ['*', ...allowed, ...deny.map(escaped), tooHigh, ...detours],
          message: 'Not in this folder’s row of the import table.',
        },
      ],
      // By path: a negated pattern that matches ends the search, so a second pattern would never be reached.
      paths: typesOnly.map((name) => ({ name, allowTypeImports: true, message: 'Only its types may be used here.' })),
    },
  ];
}

function overrideOf(row: Row): Override {
  return {
    files: [...row.files],
    rules: {
      'no-restricted-imports': allowList(row),
      'no-restricted-globals':
        row.pure === true ? ['error', ...impureGlobals, ...(row.bare === true ? absentGlobals : [])] : 'off',
      'no-restricted-properties': ['error', environment, ...(row.pure === true ? impureProperties : [])],
    },
  };
}

const noProcessFolder = {
  regex: '^(\\.\\./)+(webhook|sidecar|controller)/',
  message: 'Processes are seen from outside here: by their bundle, their API and the contract.',
};

const config: OxlintConfig = {
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'vitest'],
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  categories: { correctness: 'error', suspicious: 'error' },
  ignorePatterns: ['dist/**'],
  rules: {
    complexity: ['error', { max: 20 }],
    eqeqeq: 'error',
    'max-depth': ['error', { max: 4 }],
    'max-lines': ['error', { max: 300 }],
    'max-params': ['error', { max: 7 }],
    'no-console': 'error',
    'no-param-reassign': 'error',
    'no-warning-comments': 'error',
    'prefer-const': 'error',
    'no-restricted-properties': ['error', environment],
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'import/no-mutable-exports': 'error',
    'import/no-named-as-default-member': 'off',
    'no-underscore-dangle': 'off',
    'oxc/no-const-enum': 'error',
    'typescript/ban-ts-comment': 'error',
    // The compiler's noImplicitReturns does it, and knows that an exhaustive switch needs no default.
    'typescript/consistent-return': 'off',
    'typescript/consistent-type-exports': 'error',
    'typescript/consistent-type-imports': ['error', { disallowTypeAnnotations: true }],
    'typescript/no-deprecated': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': ['error', { ignoreVoid: true }],
    'typescript/no-misused-promises': 'error',
    'typescript/no-namespace': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-require-imports': 'error',
    // Blind to `satisfies`: there an assertion narrows what is inferred, also where the receiver would take more.
    'typescript/no-unnecessary-type-assertion': 'off',
    // The type of an answer is named by who asks.
    'typescript/no-unnecessary-type-parameters': 'off',
    // Data from outside is asserted right after its schema validated it; the compiler cannot see that.
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/only-throw-error': 'error',
    'typescript/parameter-properties': 'error',
    // `||` on strings is how an empty variable falls back to a default.
    'typescript/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
    'typescript/prefer-promise-reject-errors': 'error',
    'typescript/return-await': ['error', 'error-handling-correctness-only'],
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: false }],
    'typescript/use-unknown-in-catch-callback-variable': 'error',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    'unicorn/no-abusive-eslint-disable': 'error',
    'unicorn/prefer-node-protocol': 'error',
    'vitest/expect-expect': ['error', { assertFunctionNames: ['expect', 'eventually', 'fc.assert'] }],
    'vitest/valid-expect': ['error', { maxArgs: 2 }],
  },
  overrides: [
    ...importTable.map(overrideOf),
    // A projection copies field by field, and each optional field counts as a branch.
    { files: ['controller/input/projections/**'], rules: { complexity: ['error', { max: 40 }] } },
    { files: ['**/settings.ts'], rules: { 'no-restricted-properties': 'off' } },
    {
      files: ['infra/**', 'test/**'],
      rules: { 'no-restricted-imports': ['error', { patterns: [noProcessFolder] }], 'no-console': 'off' },
    },
    // What documents the code reads the code.
    {
      files: ['infra/generate/**', 'test/*.ts', 'test/{bench,chart,contract,host,support}/**'],
      rules: { 'no-restricted-imports': 'off' },
    },
    {
      files: ['**/*.test.ts', 'test/**'],
      rules: {
        'max-lines': ['error', { max: 300 }],
        'no-restricted-globals': 'off',
        'no-restricted-properties': ['error', environment, ...mocks],
      },
    },
    {
      files: ['{webhook,sidecar,controller,runtime,contract}/**/*.test.ts'],
      rules: { 'no-restricted-imports': 'off' },
    },
    // Its tests come from a fixture-giving `test` of its own, which the rule does not recognise.
    { files: ['test/e2e/**'], rules: { 'vitest/no-standalone-expect': 'off' } },
    { files: ['test/**/settings.ts'], rules: { 'no-restricted-properties': 'off' } },
    // These use a `test` of their own, with the cluster in it, which the rule doesn't take for one.
    { files: ['test/e2e/**/*.e2e.ts'], rules: { 'vitest/no-standalone-expect': 'off' } },
    { files: ['*.config.ts'], rules: { 'import/no-default-export': 'off' } },
  ],
};

export default config;

import { describe, expect, test } from 'vitest';
import { lintFixtures } from './support/lint-fixtures.ts';

interface Row {
  /** A file as it may stand there. */
  readonly file: string;
  readonly allowed: readonly string[];
  readonly forbidden: readonly string[];
}

/** The import table of ARCHITECTURE.md by example; the lint configuration states it once more, as rules. */
const table: readonly Row[] = [
  {
    file: 'contract/any.ts',
    allowed: ['./vocabulary.ts'],
    forbidden: ['node:fs', 'ajv', '#runtime/clock.ts', '../runtime/clock.ts', '../webhook/main.ts'],
  },
  {
    file: 'runtime/any.ts',
    allowed: [
      '#contract/ports.ts',
      './errors.ts',
      'node:fs',
      'node:fs/promises',
      'fastify',
      'pino',
      'prom-client',
      'ajv',
    ],
    forbidden: ['@kubernetes/client-node', 'node-forge', 'undici', '../controller/loop.ts', '#infra/run.ts', 'fs'],
  },
  {
    file: 'runtime/kubernetes/any.ts',
    allowed: ['#contract/ports.ts', './list.ts', '../errors.ts', 'node:https', '@kubernetes/client-node'],
    forbidden: ['fastify', '../../controller/loop.ts', '@kubernetes/other'],
  },
  {
    file: 'sidecar/any.ts',
    allowed: ['#contract/report.ts', './host.ts'],
    forbidden: [
      'node:fs',
      '#runtime/clock.ts',
      '../runtime/clock.ts',
      '../webhook/patch.ts',
      '../controller/loop.ts',
      'pino',
    ],
  },
  {
    file: 'sidecar/signals/any.ts',
    allowed: ['#contract/report.ts', './series.ts', '../host.ts'],
    forbidden: ['node:fs', '#runtime/clock.ts', '../../runtime/clock.ts', '../../controller/loop.ts', 'pino'],
  },
  {
    file: 'sidecar/grpc/any.ts',
    allowed: ['#contract/report.ts', './frames.ts', '../host.ts'],
    forbidden: ['node:http2', '#runtime/clock.ts', '../../controller/loop.ts'],
  },
  {
    file: 'sidecar/hosts/node/any.ts',
    allowed: ['#contract/report.ts', '../../host.ts', './probe.ts', 'node:net', 'node:timers/promises'],
    forbidden: ['#runtime/clock.ts', '../../../runtime/clock.ts', '../../../webhook/patch.ts', 'fastify'],
  },
  {
    file: 'webhook/any-rule.ts',
    allowed: ['#contract/annotations.ts', './patch.ts'],
    forbidden: ['#runtime/logger.ts', 'node:crypto', 'fastify', './server.ts', './main.ts', './certificates/keeper.ts'],
  },
  {
    file: 'webhook/server.ts',
    allowed: [
      '#contract/ports.ts',
      '#runtime/logger.ts',
      './review.ts',
      './certificates/keeper.ts',
      'node:https',
      'fastify',
    ],
    forbidden: [
      '../controller/loop.ts',
      '../sidecar/host.ts',
      '@kubernetes/client-node',
      'prom-client',
      '../runtime/x.ts',
    ],
  },
  {
    file: 'webhook/certificates/any.ts',
    allowed: ['#runtime/errors.ts', './issue.ts', 'node:crypto', 'node-forge'],
    forbidden: ['../../controller/loop.ts', '../server.ts', 'pino'],
  },
  {
    file: 'controller/model/any.ts',
    allowed: ['#contract/vocabulary.ts', './finding.ts'],
    forbidden: ['#runtime/clock.ts', 'node:fs', '../decide/cooldown.ts', '../input/pods.ts', '@kubernetes/client-node'],
  },
  {
    file: 'controller/detectors/any.ts',
    allowed: [
      '#contract/vocabulary.ts',
      '../model/finding.ts',
      './evidence/pod-finding.ts',
      './exits/exit-cause.ts',
      './probes/probe-detector.ts',
    ],
    forbidden: [
      './crash-loop.ts',
      './index.ts',
      '../handlers/restart-pod.ts',
      '../input/pods.ts',
      '#runtime/clock.ts',
      'node:fs',
    ],
  },
  {
    file: 'controller/detectors/evidence/any.ts',
    allowed: ['#contract/vocabulary.ts', '../../model/finding.ts', './quote.ts'],
    forbidden: ['../crash-loop.ts', '../index.ts', '../exits/exit-cause.ts', '../../input/pods.ts', 'node:fs'],
  },
  {
    file: 'controller/detectors/exits/any.ts',
    allowed: ['#contract/vocabulary.ts', '../../model/finding.ts', '../evidence/warnings.ts'],
    forbidden: ['../crash-loop.ts', '../index.ts', '../probes/probe-detector.ts', '#runtime/clock.ts', 'node:fs'],
  },
  {
    file: 'controller/detectors/probes/any.ts',
    allowed: ['#contract/vocabulary.ts', '../../model/finding.ts', '../evidence/warnings.ts', './failing-since.ts'],
    forbidden: ['../crash-loop.ts', '../index.ts', '../../input/pods.ts', '#runtime/clock.ts', 'node:fs'],
  },
  {
    file: 'controller/handlers/any.ts',
    allowed: ['#contract/vocabulary.ts', '../model/plan.ts'],
    forbidden: [
      './restart-pod.ts',
      './index.ts',
      '../execute/evict-pod.ts',
      '../decide/cooldown.ts',
      '#runtime/logger.ts',
    ],
  },
  {
    file: 'controller/decide/any.ts',
    allowed: ['#contract/vocabulary.ts', '../model/plan.ts', './cooldown.ts', 'croner'],
    forbidden: [
      '../detectors/index.ts',
      '../handlers/index.ts',
      '../execute/evict-pod.ts',
      '#runtime/clock.ts',
      'node:crypto',
    ],
  },
  {
    file: 'controller/sinks/any.ts',
    allowed: ['#contract/vocabulary.ts', '../model/notice.ts', 'standardwebhooks'],
    forbidden: ['./slack.ts', 'node:https', 'undici', '#runtime/logger.ts', '../input/pods.ts'],
  },
  {
    file: 'controller/detectors/index.ts',
    allowed: ['./crash-loop.ts', '../model/finding.ts'],
    forbidden: ['../handlers/index.ts', 'node:fs', '#runtime/clock.ts'],
  },
  {
    file: 'controller/input/any.ts',
    allowed: [
      '#contract/report.ts',
      '#runtime/kubernetes/reflector.ts',
      '../model/snapshot.ts',
      './tokens.ts',
      'fastify',
    ],
    forbidden: ['../decide/cooldown.ts', '../detectors/index.ts', '../../webhook/patch.ts', 'node-forge'],
  },
  {
    file: 'controller/input/projections/any.ts',
    allowed: ['#contract/incident.ts', '../../model/snapshot.ts', './container.ts', 'croner'],
    forbidden: ['../report-server.ts', '../../decide/cooldown.ts', 'node:fs', '../../../webhook/patch.ts'],
  },
  {
    file: 'controller/execute/any.ts',
    allowed: ['#contract/incident.ts', '#runtime/kubernetes/transport.ts', '../model/action.ts', 'node:crypto'],
    forbidden: ['../decide/cooldown.ts', '../handlers/index.ts', '../../sidecar/host.ts'],
  },
  {
    file: 'controller/main.ts',
    allowed: ['#contract/ports.ts', '#runtime/lifecycle.ts', './input/pods.ts', './decide/cooldown.ts', 'node:crypto'],
    forbidden: ['../webhook/patch.ts', '../sidecar/host.ts', '@kubernetes/client-node'],
  },
  {
    file: 'controller/a-new-folder/any.ts',
    allowed: ['#contract/ports.ts', './other.ts'],
    forbidden: ['#runtime/clock.ts', 'node:fs', '../decide/cooldown.ts'],
  },
  {
    file: 'infra/any.ts',
    allowed: ['#contract/ports.ts', 'node:fs', 'execa', './run.ts'],
    forbidden: ['../webhook/patch.ts', '../controller/settings.ts', '../sidecar/host.ts'],
  },
  {
    file: 'test/e2e/any.e2e.ts',
    allowed: ['#contract/incident.ts', 'vitest', '#infra/run.ts'],
    forbidden: ['../../webhook/patch.ts', '../../controller/loop.ts'],
  },
];

/** Ways around an allow-list that no folder may use. */
const detours = [
  './../../webhook/patch.ts',
  './a/../../../webhook/patch.ts',
  '#contract/../webhook/patch.ts',
  '/etc/passwd',
];
const tableWithDetours = table.map((row) =>
  /^(infra|test)\//.test(row.file) ? row : { ...row, forbidden: [...row.forbidden, ...detours] },
);

type Form = (specifier: string, index: number) => string;

const forms: Readonly<Record<string, Form>> = {
  import: (specifier, index) => `import { x as x${index} } from '${specifier}'; export const y${index} = x${index};`,
  'import for its effects': (specifier) => `import '${specifier}';`,
  'import type': (specifier, index) =>
    `import type { X as X${index} } from '${specifier}'; export type Y${index} = X${index};`,
  'import of an inline type': (specifier, index) =>
    `import { type X as X${index} } from '${specifier}'; export type Y${index} = X${index};`,
  'export from': (specifier, index) => `export { x as x${index} } from '${specifier}';`,
  'export all from': (specifier) => `export * from '${specifier}';`,
  'import()': (specifier, index) => `export const y${index} = await import('${specifier}');`,
  'import() of a type': (specifier, index) => `export type Y${index} = import('${specifier}').X;`,
  'import require()': (specifier, index) =>
    `import x${index} = require('${specifier}'); export const y${index} = x${index};`,
};

/** Forms that are forbidden everywhere, so that an allowed target doesn't matter. */
const forbiddenForms = ['import() of a type', 'import require()'];
const importRules = ['no-restricted-imports', 'consistent-type-imports', 'no-require-imports'];

function fixtureOf(specifiers: readonly string[], form: Form): string {
  return `${specifiers.map(form).join('\n')}\n`;
}

describe.each(Object.entries(forms))('%s', (_name, form) => {
  test('fails the lint wherever the import table does not allow the target', async () => {
    const files = tableWithDetours.map(({ file, forbidden }) => [file, fixtureOf(forbidden, form)] as const);
    const broken = await lintFixtures(Object.fromEntries(files));
    const refused = new Set(
      broken.filter(({ rule }) => importRules.includes(rule)).map(({ path, line }) => `${path}:${line}`),
    );
    const passed = tableWithDetours.flatMap(({ file, forbidden }) =>
      forbidden
        .filter((_specifier, index) => !refused.has(`${file}:${index + 1}`))
        .map((target) => `${file} → ${target}`),
    );
    expect(passed).toEqual([]);
  });
});

const allowedForms = Object.entries(forms).filter(([name]) => !forbiddenForms.includes(name));

test.each(allowedForms)('%s passes the lint where the import table allows the target', async (_name, form) => {
  const files = table.map(({ file, allowed }) => [file, fixtureOf(allowed, form)] as const);
  const broken = await lintFixtures(Object.fromEntries(files));
  expect(broken.filter(({ rule }) => importRules.includes(rule))).toEqual([]);
});

test('a library whose types are allowed fails the lint when it is imported to run', async () => {
  const broken = await lintFixtures({
    'contract/types.ts': "import type { FromSchema } from 'json-schema-to-ts'; export type Y = FromSchema<{}>;",
    'contract/runs.ts': "import { FromSchema } from 'json-schema-to-ts'; export const y = FromSchema;",
    'controller/input/types.ts': "import type { V1Pod } from '@kubernetes/client-node'; export type Y = V1Pod;",
    'controller/input/runs.ts': "import { KubeConfig } from '@kubernetes/client-node'; export const y = KubeConfig;",
  });
  const refused = broken.filter(({ rule }) => rule === 'no-restricted-imports').map(({ path }) => path);
  expect(refused.toSorted()).toEqual(['contract/runs.ts', 'controller/input/runs.ts']);
});

test.each(['new URL("a:b")', 'new TextEncoder()', 'Buffer.alloc(1)', 'structuredClone({})'])(
  'the agent’s core, which runs on an engine without it, fails the lint with %s',
  async (expression) => {
    const broken = await lintFixtures({ 'sidecar/any.ts': `export const x = ${expression};\n` });
    expect(broken.map(({ rule }) => rule)).toContain('no-restricted-globals');
  },
);

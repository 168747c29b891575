import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { apiGroup } from '#contract/annotations.ts';
import { incidentResource, incidentSpecSchema, incidentStatusSchema } from '#contract/incident.ts';

/** The chart's template that {@link renderIncidentCrd} fills. */
export const incidentCrdFile = new URL('../../charts/infra-autopilot/templates/crd-incident.yaml', import.meta.url);

/** The CustomResourceDefinition of incidents as the chart ships it. Kept at uninstall: incidents are people's records. */
export function renderIncidentCrd(): string {
  const { kind, plural, singular, shortName } = incidentResource;
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${apiGroup}`, annotations: { 'helm.sh/resource-policy': 'keep' } },
    spec: {
      group: apiGroup,
      scope: 'Namespaced',
      names: {
        kind,
        plural,
        singular,
        listKind: `${kind}List`,
        shortNames: [shortName],
        categories: ['infra-autopilot'],
      },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            column('Kind', '.spec.workload.kind'),
            column('Workload', '.spec.workload.name'),
            column('Failure', '.spec.failureClass'),
            column('Phase', '.status.phase'),
            column('Reason', '.status.reason'),
            column('Attempts', '.status.attempts', { type: 'integer' }),
            column('Message', '.status.message', { priority: 1 }),
            column('Age', '.metadata.creationTimestamp', { type: 'date' }),
          ],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: 'One episode of a failing workload: what was seen, decided, done and verified.',
              required: ['spec'],
              properties: {
                spec: {
                  ...(structural(incidentSpecSchema) as object),
                  'x-kubernetes-validations': [
                    { rule: 'self == oldSelf', message: 'what an incident is about never changes' },
                  ],
                },
                status: structural(incidentStatusSchema),
              },
            },
          },
        },
      ],
    },
  };
  const header = '# Rendered from contract/incident.ts by `node infra/generate/crd.ts`. Edit that instead.\n';
  return header + stringify(definition, { lineWidth: 0, aliasDuplicateObjects: false });
}

function column(name: string, jsonPath: string, more: { type?: string; priority?: number } = {}): object {
  return { name, type: 'string', ...more, jsonPath };
}

/** A structural schema prunes unknown fields by itself and forbids `additionalProperties` beside `properties`. */
function structural(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(structural);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => key !== 'additionalProperties')
      .map(([key, value]) => [key, structural(value)]),
  );
}

if (import.meta.main) await writeFile(incidentCrdFile, renderIncidentCrd());

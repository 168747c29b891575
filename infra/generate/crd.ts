import { stringify } from 'yaml';
import { overrideResource, overrideSpecSchema, overrideStatusSchema } from '#contract/admission-override.ts';
import { apiGroup } from '#contract/annotations.ts';
import { incidentResource, incidentSpecSchema, incidentStatusSchema } from '#contract/incident.ts';
import { policyStatusSchema } from '#contract/policy-status.ts';
import { clusterPolicyResource, clusterPolicySpecSchema, policyResource, policySpecSchema } from '#contract/policy.ts';

interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  /** Above 0: only in the wide list. */
  readonly priority?: number;
}

/** A custom resource as its definition and its reference page need it. */
export interface CustomResource {
  readonly names: {
    readonly kind: string;
    readonly plural: string;
    readonly singular: string;
    readonly shortName: string;
  };
  readonly scope: 'Namespaced' | 'Cluster';
  readonly description: string;
  /** File of `contract/` that describes it. */
  readonly source: string;
  readonly spec: object;
  readonly status: object;
  /** Which process writes the status. */
  readonly statusBy: 'controller' | 'webhook';
  readonly columns: readonly Column[];
}

const age: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const policyColumns: readonly Column[] = [
  text('Mode', '.spec.mode'),
  text('Accepted', '.status.conditions[?(@.type=="Accepted")].status'),
  text('Effective', '.status.conditions[?(@.type=="Effective")].status'),
  { name: 'Workloads', type: 'integer', jsonPath: '.status.workloads' },
  { name: 'Bare', type: 'integer', jsonPath: '.status.podsWithoutAgent', priority: 1 },
  age,
];

/** Every custom resource, in the order of the reference. */
export const customResources: readonly CustomResource[] = [
  {
    names: incidentResource,
    scope: 'Namespaced',
    description: 'One episode of a failing workload: what was seen, decided, done and verified.',
    source: 'contract/incident.ts',
    spec: {
      ...incidentSpecSchema,
      'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'what an incident is about never changes' }],
    },
    status: incidentStatusSchema,
    statusBy: 'controller',
    // Reads like a duty log: what failed, where it stands and why, what was done and how long it took.
    columns: [
      text('Kind', '.spec.workload.kind'),
      text('Workload', '.spec.workload.name'),
      text('Failure', '.spec.failureClass'),
      text('Phase', '.status.phase'),
      text('Reason', '.status.reason'),
      text('Did', '.status.did'),
      text('Took', '.status.took'),
      { ...text('Policy', '.status.policy'), priority: 1 },
      { ...text('Message', '.status.message'), priority: 1 },
      age,
    ],
  },
  {
    names: policyResource,
    scope: 'Namespaced',
    description:
      'How workloads of its namespace are healed. It wins over every ClusterRemediationPolicy; of two in one namespace the one whose selector asks for more wins, then the older one.',
    source: 'contract/policy.ts',
    spec: policySpecSchema,
    status: policyStatusSchema,
    statusBy: 'controller',
    columns: policyColumns,
  },
  {
    names: clusterPolicyResource,
    scope: 'Cluster',
    description:
      'How workloads of many namespaces are healed, where no RemediationPolicy of the namespace selects them.',
    source: 'contract/policy.ts',
    spec: clusterPolicySpecSchema,
    status: policyStatusSchema,
    statusBy: 'controller',
    columns: policyColumns,
  },
  {
    names: overrideResource,
    scope: 'Namespaced',
    description:
      'A change of the next pods of one owner, for a short while and not in its template. The webhook makes it when such a pod is created.',
    source: 'contract/admission-override.ts',
    spec: overrideSpecSchema,
    status: overrideStatusSchema,
    statusBy: 'webhook',
    columns: [
      text('Kind', '.spec.owner.kind'),
      text('Owner', '.spec.owner.name'),
      text('Accepted', '.status.conditions[?(@.type=="Accepted")].status'),
      text('Expires', '.spec.expiresAt'),
      { ...text('Incident', '.spec.incident'), priority: 1 },
      age,
    ],
  },
];

/** The chart's template that {@link renderCrd} fills. */
export function crdFile({ names }: CustomResource): URL {
  return new URL(`../../charts/infra-autopilot/templates/crd-${names.singular}.yaml`, import.meta.url);
}

/** The CustomResourceDefinition as the chart ships it. Kept at uninstall: what people wrote and what happened is theirs. */
export function renderCrd({ names, scope, description, source, spec, status, columns }: CustomResource): string {
  const { kind, plural, singular, shortName } = names;
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${apiGroup}`, annotations: { 'helm.sh/resource-policy': 'keep' } },
    spec: {
      group: apiGroup,
      scope,
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
          additionalPrinterColumns: columns,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description,
              required: ['spec'],
              properties: { spec: structural(spec), status: structural(status) },
            },
          },
        },
      ],
    },
  };
  const header = `# Rendered from ${source} by \`npm run generate\`. Edit that instead.\n`;
  // Kubernetes' tools read YAML 1.1, where Off without quotes is a boolean.
  return header + stringify(definition, { schema: 'yaml-1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

function text(name: string, jsonPath: string): Column {
  return { name, type: 'string', jsonPath };
}

/**
 * A structural schema prunes unknown fields by itself and forbids `additionalProperties: false`; one that describes
 * the values of a map stays. Enumerations, names of properties and defaults are data, not schemas.
 */
function structural(schema: object): object {
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !(key === 'additionalProperties' && value === false))
      .map(([key, value]) => [key, structuralPart(key, value)]),
  );
}

function structuralPart(key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (key === 'items' || key === 'additionalProperties') return structural(value);
  if (key !== 'properties') return value;
  return Object.fromEntries(Object.entries(value).map(([name, property]) => [name, structural(property as object)]));
}

/**
 * What the webhook did with a pod: machine reason ↔ sentence. Used in the response's audit annotations, the log, the
 * metric's label and docs. A pod is admitted under every one of them.
 */
export const admissionReasons = {
  injected: 'The agent was added to the pod.',
  'not-a-pod': 'The request is not about a pod itself.',
  'not-a-creation': 'Only the creation of a pod is looked at.',
  'no-object': 'The request carries no pod.',
  'malformed-pod': 'The pod has a shape that the API server would refuse anyway.',
  'excluded-namespace': 'The namespace is never touched, whatever its labels say.',
  'opted-out': 'The annotation infra-autopilot.io/inject: "false" keeps the agent out.',
  'namespace-opted-out': 'The annotation infra-autopilot.io/inject: "false" on the namespace keeps the agent out.',
  'already-injected': 'The pod carries the agent already.',
  'host-network': 'The pod uses the network of its node, where the agent’s port would be shared.',
  windows: 'The agent is a Linux program.',
  'mirror-pod': 'A static pod is managed by its node; its mirror can’t be changed.',
  'name-clash': 'A container of the pod already has the agent’s name.',
  'volume-clash': 'A volume of the pod already has the name of the agent’s token volume.',
  'port-clash': 'A container of the pod declares or probes the agent’s port.',
  'pod-resources': 'The pod sets resources for the pod as a whole, and the agent’s might not fit into them.',
  'limit-range': 'A LimitRange of the namespace leaves the agent less than it needs, or the pod no room for it.',
  'resource-quota': 'With the agent the pod would exceed a ResourceQuota of the namespace.',
  'too-large': 'The pod has too many containers, or annotations or probes that leave no room for ours.',
  'not-ready': 'The webhook has no certificate authority to give to the agent yet.',
  'agent-refused':
    'The API server refuses pods with the agent, as a dry run has shown; the log of the webhook says why.',
  'canary-pending':
    'No canary pod has been seen running the agent’s image yet, so no other pod is made to depend on it.',
  'injection-suspended':
    'Pods were blocked by this image of the agent a short while ago; until that is over, new ones go without it.',
  overloaded: 'The webhook was asked more at once than it answers in time; the pod is admitted unchanged.',
  'internal-error': 'The webhook failed on this pod; it is admitted unchanged.',
} as const;
export type AdmissionReason = keyof typeof admissionReasons;

/** Name of the volume with the agent's projected token. */
export const tokenVolumeName = 'infra-autopilot-token';

/**
 * Where the agent's token is mounted. It is the standard path on purpose: the ServiceAccount admission mounts the
 * app's own API token into each container that leaves this path free, and the agent must never hold that token.
 */
export const tokenMountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

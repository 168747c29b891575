import { tokenMountPath, tokenVolumeName } from '#contract/admission.ts';
import { agentVariables, type ProbeTarget } from '#contract/agent-settings.ts';
import { agentContainerName, tokenAudience } from '#contract/annotations.ts';
import { agentPort } from '#contract/ports.ts';
import { trustConfigMapName, trustKey } from '#contract/trust.ts';
import type { AgentAmounts } from './agent-resources.ts';
import type { JsonObject } from '#contract/json.ts';
import { cacheMounts, type PowerPlan } from './powers.ts';

/** What injection puts into each pod. */
export interface AgentSettings extends AgentAmounts {
  readonly image: string;
  readonly reportUrl: string;
  /** PEM bundle of the authorities behind the controller's certificate. */
  readonly authorities: string;
  readonly probeSeconds: number;
  /** Whether the cluster has the kubelet restart all containers of a pod on a container's exit code. */
  readonly canRestartAll: boolean;
}

/**
 * Numeric, since runAsNonRoot can't be checked against a name. Not any app's, so that no files are shared by chance;
 * only where a pod asks for a power that needs it is it the app's own.
 */
const agentUserId = 65_532;

/** Seconds; the shortest life that Kubernetes grants is 600. The kubelet renews it at 80 %. */
const tokenLifeSeconds = 3600;

/**
 * The native sidecar: an init container that the kubelet keeps running and that doesn't hold up a Job's end.
 * It has no probes of its own: a startup probe would keep app containers from restarting after a kubelet restart
 * (kubernetes#137146), and a liveness probe would let a slow node restart agents in waves.
 */
export function agentContainer(
  settings: AgentSettings,
  targets: readonly ProbeTarget[],
  resources: JsonObject,
  powers: PowerPlan,
  hangSeconds: number | undefined,
): JsonObject {
  return {
    name: agentContainerName,
    image: settings.image,
    imagePullPolicy: 'IfNotPresent',
    restartPolicy: 'Always',
    ...(powers.restartRules.length > 0 ? { restartPolicyRules: powers.restartRules } : {}),
    env: [
      { name: agentVariables.reportUrl, value: settings.reportUrl },
      { name: agentVariables.authorities, value: settings.authorities },
      { name: agentVariables.authoritiesFile, value: `${tokenMountPath}/${trustKey}` },
      { name: agentVariables.tokenFile, value: `${tokenMountPath}/token` },
      fromField(agentVariables.namespace, 'metadata.namespace'),
      fromField(agentVariables.podName, 'metadata.name'),
      fromField(agentVariables.podUid, 'metadata.uid'),
      fromField(agentVariables.podIp, 'status.podIP'),
      { name: agentVariables.probes, value: probesVariable(targets) },
      { name: agentVariables.probeSeconds, value: String(settings.probeSeconds) },
      { name: agentVariables.port, value: String(agentPort) },
      ...(hangSeconds === undefined ? [] : [{ name: agentVariables.hangSeconds, value: String(hangSeconds) }]),
      ...powers.variables,
    ],
    resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsGroup: powers.user?.groupId ?? agentUserId,
      runAsNonRoot: true,
      runAsUser: powers.user?.userId ?? agentUserId,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [{ name: tokenVolumeName, mountPath: tokenMountPath, readOnly: true }, ...cacheMounts(powers)],
  };
}

/**
 * Holds one token that only the controller accepts, not even the API server would; and beside it the authorities, which
 * may come later than the pod.
 */
export function agentTokenVolume(): JsonObject {
  return {
    name: tokenVolumeName,
    projected: {
      sources: [
        { serviceAccountToken: { audience: tokenAudience, expirationSeconds: tokenLifeSeconds, path: 'token' } },
        { configMap: { name: trustConfigMapName, optional: true, items: [{ key: trustKey, path: trustKey }] } },
      ],
    },
  };
}

/** The kubelet expands `$(NAME)` in values. A dollar sign in a probe's path must reach the agent as it is. */
export function probesVariable(targets: readonly ProbeTarget[]): string {
  return JSON.stringify(targets).replaceAll('$', '\\u0024');
}

function fromField(name: string, fieldPath: string): JsonObject {
  return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } };
}

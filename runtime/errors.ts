/** Every error code that a process can log, and the sentence that explains it. Codes are API: never reuse or rename one. */
export const errorCatalogue = {
  AP_SETTINGS_INVALID: 'One or more settings are missing or malformed; the process does not start.',
  AP_SERVER_LISTEN: 'A server could not listen on its port.',
  AP_KUBERNETES_REQUEST: 'A request to the Kubernetes API failed.',
  AP_KUBERNETES_WATCH: 'A watch of the Kubernetes API ended unexpectedly and is opened again.',
  AP_CERTIFICATE_INVALID:
    'A certificate or key in a Secret is missing, malformed, expired or does not match; a new one is issued.',
  AP_SHUTDOWN_TIMEOUT: 'A part of the process did not stop within its deadline.',
  AP_SINK_DELIVERY: 'A notification could not be delivered.',
  AP_REPORT_REFUSED: 'A report of an agent was refused.',
  AP_AGENT_COMMAND: 'An agent did not acknowledge a command in time; it is sent again under the same id.',
  AP_MACHINE_UNFIT: 'This machine lacks something that the local cluster or a build needs.',
  AP_COMMAND_FAILED: 'A program that the front door runs ended with an error.',
  AP_CLUSTER_NOT_READY: 'The local cluster did not become ready within its deadline.',
  AP_IMAGE_BUILD: 'A process could not be bundled or an image could not be built.',
  AP_DEMO_FAILED: 'The demonstration could not be carried out.',
  AP_SINK_ADDRESS: 'A notification would go to a private, local or metadata address that is not allowed.',
  AP_RULE_FAILED: 'A rule could not read or judge an object; the object is set aside and the others go on.',
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

/** The only error type that this project throws. `code` is for machines, `message` says what to do. */
export class AutopilotError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'AutopilotError';
    this.code = code;
  }
}

/** Port of the agent's /healthz and /metrics inside an injected pod. */
export const agentPort = 9615;

/** HTTPS port on which the webhook answers AdmissionReviews. */
export const webhookPort = 8443;

/** HTTPS port on which the controller takes agents' reports. */
export const reportPort = 8444;

/** HTTP port of /livez, /readyz and /metrics in the webhook's and the controller's pods. */
export const adminPort = 9616;

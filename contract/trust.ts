/**
 * ConfigMap that the controller keeps in each opted-in namespace: the authorities that agents may trust, as PEM. What
 * injection writes into a pod ages with the pod; this follows each rotation.
 */
export const trustConfigMapName = 'infra-autopilot-trust';

/** Its one key, and the name of the file that agents see. */
export const trustKey = 'ca.crt';

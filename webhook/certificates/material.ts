/** What a TLS server needs: PEM of its certificate and key. */
export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority that can sign: PEM of its own certificate and key. */
export interface Authority {
  readonly cert: string;
  readonly key: string;
}

/** Keys of the Secrets that hold certificates. The controller's has no `ca.key`. */
export const secretKeys = {
  /** PEM bundle: the authority that signs comes first, older ones that are still trusted follow. */
  authorities: 'ca.crt',
  authorityKey: 'ca.key',
  cert: 'tls.crt',
  key: 'tls.key',
} as const;

/** Names by which pods and the API server reach a Service. */
export function serviceNames(service: string, namespace: string): readonly string[] {
  return [
    service,
    `${service}.${namespace}`,
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
  ];
}

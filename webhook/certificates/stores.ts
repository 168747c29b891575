import type { SecretData } from './renewal.ts';

/** A Secret as it was read; `resourceVersion` makes a write fail when somebody was faster. */
export interface StoredSecret {
  readonly resourceVersion: string;
  readonly data: SecretData;
}

export type WriteResult = 'written' | 'conflict';

/** The release's Secrets. Every method has its own deadline and throws AutopilotError AP_KUBERNETES_REQUEST. */
export interface SecretStore {
  /** `absent` where there is no such Secret: none of our roles may create one. */
  read(name: string): Promise<StoredSecret | 'absent'>;
  /** Sets the given keys and keeps the others. */
  write(name: string, resourceVersion: string, data: SecretData): Promise<WriteResult>;
}

/** Events about Secrets that are not there. */
export interface SecretEvents {
  /**
   * A Warning, at most one in an hour for each Secret, whichever replica is first. It has its own deadline and throws
   * AutopilotError AP_KUBERNETES_REQUEST.
   */
  missing(secret: string, message: string, now: number): Promise<WriteResult>;
}

/** The caBundle of each entry of our MutatingWebhookConfiguration, as PEM; '' where there is none. */
export interface StoredBundles {
  readonly resourceVersion: string;
  readonly bundles: readonly string[];
}

/** Our MutatingWebhookConfiguration. Every method has its own deadline and throws AutopilotError AP_KUBERNETES_REQUEST. */
export interface WebhookConfigurationStore {
  read(): Promise<StoredBundles>;
  /** Sets the bundle of each of the entries that were read. */
  write(stored: StoredBundles, bundle: string): Promise<WriteResult>;
}

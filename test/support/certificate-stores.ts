/** A Secret store in memory with the API's optimistic locking. */
export interface MemorySecrets {
  read(name: string): Promise<{ readonly resourceVersion: string; readonly data: Readonly<Record<string, string>> }>;
  write(name: string, resourceVersion: string, data: Readonly<Record<string, string>>): Promise<'written' | 'conflict'>;
  /** Writes as a stranger would, without a precondition. */
  overwrite(name: string, data: Readonly<Record<string, string>>): void;
  get(name: string): Readonly<Record<string, string>>;
  writes(): number;
}

export function makeMemorySecrets(): MemorySecrets {
  const secrets = new Map<string, { version: number; data: Readonly<Record<string, string>> }>();
  let writes = 0;
  const at = (name: string): { version: number; data: Readonly<Record<string, string>> } =>
    secrets.get(name) ?? { version: 1, data: {} };
  return {
    read: (name) => Promise.resolve({ resourceVersion: String(at(name).version), data: at(name).data }),
    write: (name, resourceVersion, data) => {
      const { version, data: before } = at(name);
      if (String(version) !== resourceVersion) return Promise.resolve('conflict');
      writes += 1;
      secrets.set(name, { version: version + 1, data: { ...before, ...data } });
      return Promise.resolve('written');
    },
    overwrite: (name, data) => void secrets.set(name, { version: at(name).version + 1, data }),
    get: (name) => at(name).data,
    writes: () => writes,
  };
}

/** A webhook configuration in memory. `bundles` may be changed from outside, as drift does. */
export interface MemoryConfiguration {
  bundles: readonly string[];
  read(): Promise<{ readonly resourceVersion: string; readonly bundles: readonly string[] }>;
  write(stored: { readonly bundles: readonly string[] }, bundle: string): Promise<'written' | 'conflict'>;
}

export function makeMemoryConfiguration(entries: number): MemoryConfiguration {
  const configuration: MemoryConfiguration = {
    bundles: Array.from({ length: entries }, () => ''),
    read: () => Promise.resolve({ resourceVersion: '1', bundles: configuration.bundles }),
    write: (stored, bundle) => {
      configuration.bundles = stored.bundles.map(() => bundle);
      return Promise.resolve('written');
    },
  };
  return configuration;
}

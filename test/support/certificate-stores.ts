interface StoredSecret {
  readonly resourceVersion: string;
  readonly data: Readonly<Record<string, string>>;
}

/** A Secret store in memory with the API's optimistic locking. */
export interface MemorySecrets {
  read(name: string): Promise<StoredSecret | 'absent'>;
  write(name: string, resourceVersion: string, data: Readonly<Record<string, string>>): Promise<'written' | 'conflict'>;
  /** Writes as a stranger would, without a precondition; makes a Secret that was deleted. */
  overwrite(name: string, data: Readonly<Record<string, string>>): void;
  /** As a stranger would, too. */
  delete(name: string): void;
  get(name: string): Readonly<Record<string, string>>;
  writes(): number;
}

export function makeMemorySecrets(): MemorySecrets {
  const secrets = new Map<string, { version: number; data: Readonly<Record<string, string>> }>();
  const deleted = new Set<string>();
  let writes = 0;
  const at = (name: string): { version: number; data: Readonly<Record<string, string>> } =>
    secrets.get(name) ?? { version: 1, data: {} };
  return {
    read: (name) =>
      Promise.resolve(
        deleted.has(name) ? 'absent' : { resourceVersion: String(at(name).version), data: at(name).data },
      ),
    write: (name, resourceVersion, data) => {
      const { version, data: before } = at(name);
      if (deleted.has(name) || String(version) !== resourceVersion) return Promise.resolve('conflict');
      writes += 1;
      secrets.set(name, { version: version + 1, data: { ...before, ...data } });
      return Promise.resolve('written');
    },
    overwrite: (name, data) => {
      deleted.delete(name);
      secrets.set(name, { version: at(name).version + 1, data });
    },
    delete: (name) => void deleted.add(name),
    get: (name) => at(name).data,
    writes: () => writes,
  };
}

/** A webhook configuration in memory with the API's optimistic locking. `bundles` may be changed from outside, as drift does. */
export interface MemoryConfiguration {
  bundles: readonly string[];
  read(): Promise<{ readonly resourceVersion: string; readonly bundles: readonly string[] }>;
  write(
    stored: { readonly resourceVersion: string; readonly bundles: readonly string[] },
    bundle: string,
  ): Promise<'written' | 'conflict'>;
}

export function makeMemoryConfiguration(entries: number): MemoryConfiguration {
  let version = 1;
  let bundles: readonly string[] = Array.from({ length: entries }, () => '');
  return {
    get bundles() {
      return bundles;
    },
    set bundles(changed) {
      version += 1;
      bundles = changed;
    },
    read: () => Promise.resolve({ resourceVersion: String(version), bundles }),
    write: (stored, bundle) => {
      if (stored.resourceVersion !== String(version)) return Promise.resolve('conflict');
      version += 1;
      bundles = stored.bundles.map(() => bundle);
      return Promise.resolve('written');
    },
  };
}

/** Events in memory: what people were told of each Secret, and an API that takes none while it is `closed`. */
export interface MemoryEvents {
  missing(secret: string, message: string, now: number): Promise<'written' | 'conflict'>;
  readonly told: string[];
  closed: boolean;
}

export function makeMemoryEvents(): MemoryEvents {
  const told: string[] = [];
  const events: MemoryEvents = {
    told,
    closed: false,
    missing: (_secret, message) => {
      if (events.closed) return Promise.reject(new Error('no Events today'));
      told.push(message);
      return Promise.resolve('written');
    },
  };
  return events;
}

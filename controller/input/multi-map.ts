/** Keys with several values each; a key without values is not kept. */
export interface MultiMap {
  add(key: string, value: string): void;
  remove(key: string, value: string): void;
  get(key: string): ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();

export function makeMultiMap(): MultiMap {
  const sets = new Map<string, Set<string>>();
  return {
    add: (key, value) => {
      const set = sets.get(key);
      if (set) set.add(value);
      else sets.set(key, new Set([value]));
    },
    remove: (key, value) => {
      const set = sets.get(key);
      set?.delete(value);
      if (set?.size === 0) sets.delete(key);
    },
    get: (key) => sets.get(key) ?? none,
  };
}

/** Waiting reports, bounded. When it is full the oldest goes: the newest says how things stand. */
export interface Outbox<Item> {
  push(item: Item): void;
  /** Takes out the oldest. */
  take(): Item | undefined;
  /** Puts back what could not be sent, in front; lost when newer ones fill the box. */
  putBack(item: Item): void;
  waiting(): number;
  /** How many were dropped since the start. */
  dropped(): number;
}

export function makeOutbox<Item>(limit: number): Outbox<Item> {
  const items: Item[] = [];
  let dropped = 0;
  return {
    push: (item) => {
      items.push(item);
      if (items.length > limit) {
        items.shift();
        dropped += 1;
      }
    },
    take: () => items.shift(),
    putBack: (item) => {
      if (items.length < limit) items.unshift(item);
      else dropped += 1;
    },
    waiting: () => items.length,
    dropped: () => dropped,
  };
}

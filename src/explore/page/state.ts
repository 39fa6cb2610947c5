/** A value that tells when it changes. */
export interface Store<T> {
  readonly value: T;
  set(next: T): void;
  /** Calls the listener now and at every change. */
  watch(listener: (value: T) => void): void;
}

export function store<T>(first: T): Store<T> {
  let value = first;
  const listeners: ((value: T) => void)[] = [];
  return {
    get value() {
      return value;
    },
    set(next) {
      value = next;
      for (const listener of listeners) listener(value);
    },
    watch(listener) {
      listeners.push(listener);
      listener(value);
    },
  };
}

/** Sends in order, one at a time: zeromq refuses a send while another waits, and what it refuses is lost. */
export interface Outbox {
  send(frames: Uint8Array[]): void;
  /** Resolves once everything handed over so far has been sent. */
  drained(): Promise<void>;
}

export function createOutbox(socket: { send(frames: Uint8Array[]): Promise<void> }): Outbox {
  let last: Promise<void> = Promise.resolve();
  return {
    send(frames) {
      last = last.then(() => socket.send(frames)).catch(() => undefined);
    },
    drained: () => last,
  };
}

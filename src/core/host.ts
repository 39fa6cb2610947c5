/** A MIME bundle: one value in several forms, keyed by MIME type, of which a viewer picks the richest that it can draw. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/**
 * What this package may ask of the program it runs in. The Jupyter kernel and the command line each put one at
 * `globalThis[Symbol.for("deepfixcx.host")]`; in a plain script there is none, and long work is quiet.
 */
export interface Host {
  /** Aborted when the person interrupts what runs now; a new one for every cell. */
  readonly signal?: AbortSignal;
  /** The cell that runs now, where the front end names its cells; the same at every rerun of it. */
  readonly cell?: string | undefined;
  /** Shows a bundle under an id. */
  show(id: string, bundle: MimeBundle): void;
  /** Replaces what was shown under the id. */
  update(id: string, bundle: MimeBundle): void;
}

const hostKey = Symbol.for("deepfixcx.host");

/** The host of this process, or undefined in a plain script. Read at every call, since the kernel's signal changes by cell. */
export function host(): Host | undefined {
  return (globalThis as { [hostKey]?: Host })[hostKey];
}

/** Makes `next` the host of this process. */
export function setHost(next: Host | undefined): void {
  (globalThis as { [hostKey]?: Host | undefined })[hostKey] = next;
}

import type { Host } from "../compress/kernel";

// Free of Node's modules: the explorer's page uses it too.

const mostKept = 64 * 2 ** 20;

/**
 * A decoder in WebAssembly on a memory of its own. Once an image has made that large, the collector may take it: other large
 * images that follow at once still find it, as new memory costs as much as decoding.
 */
export class WasmDecoder<Exports extends Host> {
  readonly #base64: string;
  #module: WebAssembly.Module | undefined;
  #latest: WeakRef<Exports> | undefined;
  #kept: Exports | undefined;

  constructor(base64: string) {
    this.#base64 = base64;
  }

  /** The decoder's memory, once it has decoded something. */
  get host(): Exports | undefined {
    return this.#kept ?? this.#latest?.deref();
  }

  /** Decodes; pixels that lie in the decoder's memory keep it. */
  use<Result>(decode: (exports: Exports) => Result): Result {
    const exports = this.host ?? this.#start();
    try {
      return decode(exports);
    } finally {
      this.#kept = exports.memory.buffer.byteLength > mostKept ? undefined : exports;
    }
  }

  #start(): Exports {
    this.#module ??= new WebAssembly.Module(Uint8Array.from(atob(this.#base64), (letter) => letter.charCodeAt(0)));
    const exports = new WebAssembly.Instance(this.#module).exports as unknown as Exports;
    this.#latest = new WeakRef(exports);
    return exports;
  }
}

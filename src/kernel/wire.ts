import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** A JSON object as Jupyter messages carry them. */
export type Json = Readonly<Record<string, unknown>>;

/** A field that should be text, or the default where it is not. */
export function textOf(field: unknown, otherwise = ""): string {
  return typeof field === "string" ? field : otherwise;
}

const { parse, stringify } = JSON; // as they are before a cell can replace them

/**
 * A value as JSON carries it.
 *
 * @throws TypeError when it has a cycle or a BigInt, which JSON has no way to write
 */
export function asJson<T extends Json>(value: T): T {
  return parse(stringify(value)) as T;
}

/** Who sent a message, when, and what it is. */
export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly version: string;
}

/** A Jupyter message (messaging specification 5.3, "The wire protocol"). */
export interface Message {
  /** The ZeroMQ routing prefix: whom a reply goes to, or the topic of a broadcast. */
  readonly identities: readonly Uint8Array[];
  readonly header: Header;
  /** The header of the message that caused this one, or an empty object. */
  readonly parent: Partial<Header>;
  readonly metadata: Json;
  readonly content: Json;
  readonly buffers: readonly Uint8Array[];
}

/** What a message needs beyond its type and content. */
export interface Envelope {
  readonly parent?: Partial<Header>;
  readonly identities?: readonly Uint8Array[];
  readonly metadata?: Json;
  readonly buffers?: readonly Uint8Array[];
}

/** The version of the messaging specification spoken here. */
export const protocolVersion = "5.3";

/** The id of this kernel process in the headers that it writes. */
const session = randomUUID();
const delimiter = Buffer.from("<IDS|MSG>");
const scheme = "hmac-";

/** A message of this kernel, ready to be encoded. */
export function createMessage(type: string, content: Json, envelope: Envelope = {}): Message {
  const { parent = {}, identities = [], metadata = {}, buffers = [] } = envelope;
  const header: Header = {
    msg_id: randomUUID(),
    msg_type: type,
    session,
    username: "kernel",
    date: new Date().toISOString(),
    version: protocolVersion,
  };
  return { identities, header, parent, metadata, content, buffers };
}

/** Turns messages into signed frames and back. */
export interface Codec {
  encode(message: Message): Uint8Array[];
  /** @throws Error when frames are missing, the signature is wrong or seen before, or a part is not a JSON object */
  decode(frames: readonly Uint8Array[]): Message;
}

/**
 * @param key - the connection's key; an empty key means that nothing is signed
 * @param signatureScheme - `hmac-` and the name of a digest, for instance `hmac-sha256`
 */
export function createCodec(key: string, signatureScheme = "hmac-sha256"): Codec {
  if (!signatureScheme.startsWith(scheme)) throw new Error(`unknown signature scheme ${signatureScheme}`);
  const digest = signatureScheme.slice(scheme.length);
  const seen = createMemory(2 ** 16);

  function sign(parts: readonly (Uint8Array | string)[]): string {
    if (key === "") return "";
    const hmac = createHmac(digest, key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  function verify(signature: Buffer, parts: readonly Uint8Array[]): void {
    if (key === "") return;
    const expected = Buffer.from(sign(parts));
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
      throw new Error("wrong signature");
    if (!seen.add(signature.toString())) throw new Error("signature seen before: a repeated message");
  }

  return {
    encode({ identities, header, parent, metadata, content, buffers }) {
      const parts = [header, parent, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
      return [...identities, delimiter, Buffer.from(sign(parts)), ...parts, ...buffers];
    },
    decode(frames) {
      const at = frames.findIndex((frame) => delimiter.equals(frame));
      if (at < 0) throw new Error("no delimiter");
      const [signature, ...rest] = frames.slice(at + 1);
      if (signature === undefined || rest.length < 4) throw new Error("too few frames");
      const parts = rest.slice(0, 4);
      verify(Buffer.from(signature), parts);
      const [header, parent, metadata, content] = parts.map(parseObject) as [Json, Json, Json, Json];
      return {
        identities: frames.slice(0, at),
        header: checkHeader(header),
        parent,
        metadata,
        content,
        buffers: rest.slice(4),
      };
    },
  };
}

function parseObject(part: Uint8Array): Json {
  const value: unknown = JSON.parse(Buffer.from(part).toString("utf8"));
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("a part is not an object");
  return value as Json;
}

function checkHeader(header: Json): Header {
  for (const field of ["msg_id", "msg_type", "session"])
    if (typeof header[field] !== "string") throw new Error(`header without ${field}`);
  return header as unknown as Header;
}

/** A set that forgets its older half when full. */
function createMemory(size: number): { add(item: string): boolean } {
  let [older, newer] = [new Set<string>(), new Set<string>()];
  return {
    add(item) {
      if (older.has(item) || newer.has(item)) return false;
      newer.add(item);
      if (newer.size > size / 2) [older, newer] = [newer, new Set()];
      return true;
    },
  };
}

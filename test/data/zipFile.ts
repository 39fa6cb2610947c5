import { crc32 } from "node:zlib";

/**
 * A zip file, written by hand so that tests can put any path into it.
 *
 * @param pack - deflates bytes; default: they are stored
 */
export function zipOf(
  entries: Readonly<Record<string, Uint8Array | string>>,
  pack?: (bytes: Uint8Array) => Uint8Array,
): Buffer {
  const [bodies, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [name, content] of Object.entries(entries)) {
    const plain = Buffer.from(content as Uint8Array);
    const data = pack === undefined ? plain : Buffer.from(pack(plain));
    const path = Buffer.from(name);
    const common = Buffer.alloc(26); // version to crc, sizes, lengths: the same in both headers
    common.writeUInt16LE(20, 0);
    if (pack !== undefined) common.writeUInt16LE(8, 4); // deflated
    common.writeUInt32LE(crc32(plain), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(plain.length, 18);
    common.writeUInt16LE(path.length, 22);
    bodies.push(Buffer.from("PK\x03\x04", "latin1"), common, path, data);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), common, tail, path);
    offset += 30 + path.length + data.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(Object.keys(entries).length, 8);
  end.writeUInt16LE(Object.keys(entries).length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, list, end]);
}

/** An .npy file of bytes. */
export function npyOf(shape: readonly number[], values: Uint8Array): Buffer {
  const dict = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`.padEnd(117) + "\n";
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00\x76\x00", "latin1"), Buffer.from(dict), values]);
}

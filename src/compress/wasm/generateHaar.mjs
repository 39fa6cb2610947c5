// The unrolled bodies of the integer Haar kernel; the loops around them are written by hand in haar.ts.
//
// A butterfly of two neighbours is (first + second, second - first), un-normalised: all values stay whole numbers, and
// the scale 2^-J / 255 is applied once at the end. Lanes are 16 bits wide: |c| <= 255 * 4^J, half of that for every
// sub-band but the all-low one.

import { Body } from "./generateBody.mjs";

/** All levels of butterflies along a list of a power of two of registers; results by path, the first level's bit first. */
function haar(body, registers) {
  if (registers.length === 1) return registers;
  const pairs = Array.from({ length: registers.length / 2 }, (_, at) =>
    body.butterfly([registers[2 * at], registers[2 * at + 1]]),
  );
  return [0, 1].flatMap((part) =>
    haar(
      body,
      pairs.map((pair) => pair[part]),
    ),
  );
}

/**
 * Turns eight registers of eight 16-bit lanes: lane i of register j becomes lane j of register i. Each of the three
 * rounds interleaves registers four apart, which rotates the bits of (register, lane) by one.
 */
function transpose(body, registers) {
  const interleave = (one, other, from) => {
    const lanes = [0, 1, 2, 3].flatMap((at) => [from + at, from + at + 8]);
    return body.let(`v128.shuffle<i16>(${one}, ${other}, ${lanes.join(", ")})`);
  };
  const round = (rows) => [0, 1, 2, 3].flatMap((at) => [0, 4].map((from) => interleave(rows[at], rows[at + 4], from)));
  return round(round(round(registers)));
}

/** Bits of a path apart, so that vertical and horizontal bits can go between each other. */
const spread = (bits) => (bits & 1) | ((bits & 2) << 1) | ((bits & 4) << 2);

/** The number of the sub-band with this vertical and horizontal path. */
const subBand = (vertical, horizontal) => 2 * spread(vertical) + spread(horizontal);

/** Even and odd pixels of a register of bytes as 16-bit lanes. */
const evenOdd = (body, bytes) => [
  body.let(`v128.and(${bytes}, i16x8.splat(0xff))`),
  body.let(`i16x8.shr_u(${bytes}, 8)`),
];

/** Adds the magnitudes of results to their sums in memory, or makes them the sums where these are `fresh`. */
function accumulate(body, results, fresh, offset) {
  for (const [band, registers] of results.entries()) {
    // The all-low sub-band of pixels is never negative.
    const [first, ...rest] = registers.map((name) => (band === 0 ? name : body.let(`i16x8.abs(${name})`)));
    const total = rest.reduce((sum, name) => body.add(sum, name), first);
    const at = `sums + ${band} * <usize>band`;
    body.do(`v128.store(${at}, ${fresh ? total : body.add(`v128.load(${at}, ${offset})`, total)}, ${offset})`);
  }
}

/** Level 1: 16 columns of pixels become eight lanes of leaf columns, twice, `leaves` leaf rows at a time. */
function level1(leaves, fresh) {
  const body = new Body();
  for (const offset of [0, 16]) accumulate(body, level1Results(body, leaves, offset), fresh, offset);
  return `function level1x${leaves}${fresh ? "Fresh" : ""}(pixels: usize, stride: i32, sums: usize, band: i32, cols: i32): void {
  for (let col = 0; col < cols; col += 32) {
${body}
    pixels += 32;
    sums += 32;
  }
}
`;
}

/** The coefficients of 16 columns of pixels: a list for every sub-band, an entry for every leaf row. */
function level1Results(body, leaves, offset) {
  const results = [[], [], [], []];
  for (let leaf = 0; leaf < leaves; leaf++) {
    const rows = [0, 1].map((row) =>
      haar(body, evenOdd(body, body.let(`v128.load(pixels + ${2 * leaf + row} * <usize>stride, ${offset})`))),
    );
    for (const horizontal of [0, 1]) {
      const column = haar(
        body,
        rows.map((row) => row[horizontal]),
      );
      column.forEach((name, vertical) => results[subBand(vertical, horizontal)].push(name));
    }
  }
  return results;
}

/** Level 1 where every coefficient is a patch of its own: a leaf row is written at once. */
function level1Single() {
  const body = new Body();
  for (const [band, [name]] of level1Results(body, 1, 0).entries()) {
    const size = band === 0 ? name : body.let(`i16x8.abs(${name})`);
    for (const [at, part] of ["low", "high"].entries()) {
      const wide = `f32x4.convert_i32x4_s(i32x4.extend_${part}_i16x8_u(${size}))`;
      body.do(`v128.store(to + ${band} * band, f32x4.mul(${wide}, factor), ${16 * at})`);
    }
  }
  return `export function level1Single(pixels: usize, stride: i32, to: usize, band: usize, cols: i32, scale: f32): void {
  const factor = f32x4.splat(scale);
  for (let col = 0; col < cols; col += 16) {
${body}
    pixels += 16;
    to += 32;
  }
}
`;
}

/** Level 1 of one or two leaf rows. */
function chooseLevel1() {
  const call = (name) => `${name}(pixels, stride, sums, band, cols)`;
  const cases = [1, 2].map(
    (leaves) => `  if (leaves == ${leaves}) {
    if (fresh) ${call(`level1x${leaves}Fresh`)};
    else ${call(`level1x${leaves}`)};
  }`,
  );
  return `export function level1(leaves: i32, fresh: bool, pixels: usize, stride: i32, sums: usize, band: i32, cols: i32): void {
${cases.join(" else")}
}
`;
}

/**
 * Level 2: 32 columns of 4 rows become eight lanes of leaf columns. Bytes are put in order before they are widened: the
 * first two columns of every leaf, then its other two. Differences of neighbours come from sums with the complement of
 * one, so they are 255 too large until rows are added up. Sums lie by horizontal path, then by vertical path.
 */
function level2(fresh) {
  const body = new Body();
  const rows = [0, 1, 2, 3].map((row) => {
    const at = `pixels + ${row} * <usize>stride`;
    const [left, right] = [0, 16].map((offset) => body.let(`v128.swizzle(v128.load(${at}, ${offset}), order)`));
    const [[low01, high01], [low23, high23]] = [0, 1].map((half) => {
      const pairs = body.let(`v128.shuffle<i64>(${left}, ${right}, ${half}, ${half + 2})`);
      const sum = body.let(`i16x8.extadd_pairwise_i8x16_u(${pairs})`);
      return [sum, body.let(`i16x8.extadd_pairwise_i8x16_u(v128.xor(${pairs}, i16x8.splat(0xff)))`)];
    });
    return [...body.butterfly([low01, low23]), ...body.butterfly([high01, high23])];
  });
  for (let horizontal = 0; horizontal < 4; horizontal++) {
    const column = haar(
      body,
      rows.map((row) => row[horizontal]),
    );
    if (horizontal === 2) column[0] = body.let(`i16x8.sub(${column[0]}, i16x8.splat(${8 * 255}))`);
    for (const [vertical, name] of column.entries()) {
      const offset = 16 * (4 * horizontal + vertical);
      const size = offset === 0 ? name : body.let(`i16x8.abs(${name})`);
      body.do(`v128.store(sums, ${fresh ? size : body.add(`v128.load(sums, ${offset})`, size)}, ${offset})`);
    }
  }
  return `export function level2${fresh ? "Fresh" : ""}(pixels: usize, stride: i32, sums: usize, cols: i32): void {
  const order = i8x16(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
  for (let col = 0; col < cols; col += 32) {
${body}
    pixels += 32;
    sums += 256;
  }
}
`;
}

/** Turns the sums of level 2: of every leaf column 16 sums side by side. */
function turn2() {
  const halves = [0, 128].map((from) => {
    const body = new Body();
    const lines = Array.from({ length: 8 }, (_, at) => body.let(`v128.load(sums, ${from + 16 * at})`));
    transpose(body, lines).forEach((name, col) => body.do(`v128.store(columns, ${name}, ${32 * col + from / 8})`));
    return `    {\n${body}\n    }`;
  });
  return `export function turn2(sums: usize, columns: usize, blocks: i32): void {
  for (; blocks > 0; blocks--) {
${halves.join("\n")}
    sums += 256;
    columns += 256;
  }
}
`;
}

/** Three levels of an 8x8 block: eight registers by horizontal path, whose lanes are vertical paths. */
function block3(body, pixels) {
  const rows = Array.from({ length: 8 }, (_, row) => body.let(`v128.load8x8_u(${pixels} + ${row} * <usize>stride)`));
  return haar(body, transpose(body, haar(body, rows)));
}

/**
 * Level 3: `count` <= 8 blocks of one patch, added to its 64 sums. The details of eight blocks fit 16 bits unsigned; the
 * first register, with the all-low sub-band in it, is widened at once.
 */
function level3() {
  const body = new Body();
  const [first, ...rest] = block3(body, "pixels").map((name) => body.let(`i16x8.abs(${name})`));
  body.do(`low = i32x4.add(low, i32x4.extend_low_i16x8_u(${first}))`);
  body.do(`high = i32x4.add(high, i32x4.extend_high_i16x8_u(${first}))`);
  rest.forEach((name, at) => body.do(`s${at + 1} = i16x8.add(s${at + 1}, ${name})`));
  const names = [1, 2, 3, 4, 5, 6, 7];
  return `export function level3(pixels: usize, stride: i32, count: i32, sums: usize): void {
  const zero = i32x4.splat(0);
  let low = zero;
  let high = zero;
${names.map((at) => `  let s${at} = zero;`).join("\n")}
  for (let at = 0; at < count; at++) {
${body}
    pixels += 8;
  }
  v128.store(sums, i32x4.add(v128.load(sums), low));
  v128.store(sums, i32x4.add(v128.load(sums, 16), high), 16);
${names.map((at) => widen(`s${at}`, 32 * at)).join("\n")}
}
`;
}

/** Adds eight unsigned 16-bit lanes to eight 32-bit sums. */
function widen(name, offset) {
  return ["low", "high"]
    .map((part, at) => {
      const place = `sums, ${offset + 16 * at}`;
      const wide = `i32x4.extend_${part}_i16x8_u(${name})`;
      return `  v128.store(sums, i32x4.add(v128.load(${place}), ${wide}), ${offset + 16 * at});`;
    })
    .join("\n");
}

/** Level 3 of a block, kept: the all-low coefficient less 8192, so that level 4 fits 16 bits signed. */
function block3Store() {
  const body = new Body();
  const registers = block3(body, "pixels");
  registers[0] = body.let(`i16x8.sub(${registers[0]}, i16x8(8192, 0, 0, 0, 0, 0, 0, 0))`);
  registers.forEach((name, at) => body.do(`v128.store(target, ${name}, ${16 * at})`));
  return `// @ts-ignore: decorator
@inline
function block3(pixels: usize, stride: i32, target: usize): void {
${body}
}
`;
}

/** The four 8x8 blocks of each of `squares` 16x16 squares that lie side by side, in `blocks`. */
function squareBlocks(squares) {
  const places = Array.from({ length: squares }, (_, square) => square).flatMap((square) =>
    [0, 1, 2, 3].map((block) => {
      const column = 16 * square + 8 * (block & 1);
      const row = block < 2 ? "" : "8 * <usize>stride + ";
      return `  block3(pixels + ${row}${column}, stride, blocks + ${512 * square + 128 * block});`;
    }),
  );
  return places.join("\n");
}

/** Level 4 of one horizontal path of level 3 of a square: four registers by path of level 4. */
function level4Quarters(body, square, horizontal) {
  const at = (block) => `v128.load(blocks, ${512 * square + 128 * block + 16 * horizontal})`;
  const [a, b, c, d] = [0, 1, 2, 3].map((block) => body.let(at(block)));
  const [top, bottom] = [haar(body, [a, b]), haar(body, [c, d])];
  const quarters = [];
  for (const h of [0, 1]) haar(body, [top[h], bottom[h]]).forEach((name, v) => (quarters[2 * v + h] = name));
  return quarters;
}

/** The all-low lane is 32768 less than it should be and never negative: adding that is turning its highest bit. */
function magnitude(body, name, isFirst) {
  if (!isFirst) return body.let(`i16x8.abs(${name})`);
  const sign = body.let(`v128.and(i16x8.shr_s(${name}, 15), i16x8(0, -1, -1, -1, -1, -1, -1, -1))`);
  const positive = body.let(`i16x8.sub(v128.xor(${name}, ${sign}), ${sign})`);
  return body.let(`v128.xor(${positive}, i16x8(-32768, 0, 0, 0, 0, 0, 0, 0))`);
}

/** Level 4 of `squares` squares of one patch, added to its 256 sums. Two details fit 16 bits unsigned, the all-low does alone. */
function level4(squares) {
  const parts = Array.from({ length: 8 }, (_, horizontal) => {
    const body = new Body();
    const all = Array.from({ length: squares }, (_, square) => level4Quarters(body, square, horizontal));
    for (let quarter = 0; quarter < 4; quarter++) {
      const isFirst = horizontal + quarter === 0;
      const sizes = all.map((quarters) => magnitude(body, quarters[quarter], isFirst));
      const place = 32 * (8 * quarter + horizontal);
      const totals = isFirst ? sizes : [sizes.reduce((sum, size) => body.add(sum, size))];
      for (const total of totals) body.do(widen(total, place).trim().replace(/;$/, ""));
    }
    return `  {\n${body}\n  }`;
  });
  return `export function level4x${squares}(pixels: usize, stride: i32, blocks: usize, sums: usize): void {
${squareBlocks(squares)}
${parts.join("\n")}
}
`;
}

/** Level 4 of a square, kept by horizontal path of level 3, and the four of level 4 side by side. */
function level4Keep() {
  const parts = Array.from({ length: 8 }, (_, horizontal) => {
    const body = new Body();
    for (const [quarter, name] of level4Quarters(body, 0, horizontal).entries()) {
      body.do(`v128.store(plane + ${horizontal} * group, ${name}, ${16 * quarter})`);
    }
    return `  {\n${body}\n  }`;
  });
  return `export function level4Keep(pixels: usize, stride: i32, blocks: usize, plane: usize, group: usize): void {
${squareBlocks(1)}
${parts.join("\n")}
}
`;
}

/**
 * Two levels of a plane of 5 x 5 (deepSplit.ts), the magnitudes of each of the 16 grandchildren added up. A column alone, with
 * zeros right of it, has the same magnitudes whatever the horizontal path, and a row alone whatever the vertical one. What
 * the horizontal levels give is kept behind the sums, since there are not as many registers.
 */
function twoLevels() {
  const body = new Body("T");
  const paths = [0, 1, 2, 3];
  const pixel = (row, col) => body.let(`lanes<R, T>(plane, ${64 * (5 * row + col)})`);
  const magnitude = (name) => body.let(`v128.abs<T>(${name})`);
  const kept = (row, horizontal) => 16 * (16 + 4 * row + horizontal);
  for (const row of [...paths, 4]) {
    const pixels = paths.map((col) => pixel(row, col));
    for (const [horizontal, name] of haar(body, pixels).entries()) {
      const value = row === 4 ? magnitude(name) : name;
      body.do(`v128.store(sums, ${value}, ${kept(row, horizontal)})`);
    }
  }
  const corner = magnitude(pixel(4, 4));
  const last = paths.map((row) => pixel(row, 4));
  const lastCol = haar(body, last).map((name) => body.add(magnitude(name), corner));
  for (const horizontal of paths) {
    const load = (row) => body.let(`v128.load(sums, ${kept(row, horizontal)})`);
    const column = paths.map(load);
    const lastRow = load(4);
    for (const [vertical, name] of haar(body, column).entries()) {
      const total = body.add(body.add(magnitude(name), lastCol[vertical]), lastRow);
      body.do(`v128.store(sums, ${total}, ${16 * subBand(vertical, horizontal)})`);
    }
  }
  return `/** Bytes that it writes: 16 sums, and what it keeps. */
export const TWO_LEVELS_BYTES: usize = ${16 * 36};

export function twoLevels<R, T>(plane: usize, sums: usize): void {
${body}
}
`;
}

/** All functions of haar.generated.ts. */
export const haarFunctions = [
  `import { lanes } from "./deepSplit";`,
  ...[1, 2].flatMap((leaves) => [level1(leaves, true), level1(leaves, false)]),
  chooseLevel1(),
  level1Single(),
  level2(true),
  level2(false),
  turn2(),
  level3(),
  block3Store(),
  level4(1),
  level4(2),
  level4Keep(),
  twoLevels(),
];

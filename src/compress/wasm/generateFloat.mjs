// The filters of up to eight taps of the floating-point kernel; the loops around them are written by hand in float.ts.

import { Body } from "./generateBody.mjs";

/** The sum of products of registers and taps, from left to right. */
function filtered(body, registers, taps) {
  return registers
    .map((name, at) => body.let(`f32x4.mul(${name}, ${taps[at]})`))
    .reduce((sum, name) => body.let(`f32x4.add(${sum}, ${name})`));
}

/** Names and statements of `count` taps in registers, each in all lanes. */
function splatTaps(prefix, count, offset) {
  const names = Array.from({ length: count }, (_, at) => `${prefix}${at}`);
  const lines = names.map((name, at) => `  const ${name} = v128.load32_splat(taps, ${offset + 4 * at});`);
  return { names, lines };
}

/** Both filters down the columns of vectors, two columns at a time, and one where they are odd. */
function floatVertical(taps) {
  const [low, high] = [splatTaps("l", taps, 0), splatTaps("h", taps, 4 * taps)];
  const column = (body, offset) => {
    const x = Array.from({ length: taps }, (_, at) => body.let(`v128.load(source + ${at} * stride, ${offset})`));
    body.do(`v128.store(low, ${filtered(body, x, low.names)}, ${offset})`);
    body.do(`v128.store(high, ${filtered(body, x, high.names)}, ${offset})`);
  };
  const [two, one] = [new Body(), new Body()];
  column(two, 0);
  column(two, 16);
  column(one, 0);
  return `export function vertical${taps}(source: usize, stride: usize, cols: i32, low: usize, high: usize, taps: usize): void {
${[...low.lines, ...high.lines].join("\n")}
  for (; cols >= 2; cols -= 2) {
${two}
    source += 32;
    low += 32;
    high += 32;
  }
  if (cols > 0) {
${one}
  }
}
`;
}

/** Both filters along a row of vectors, two results at a time, and one where they are odd. */
function floatHorizontal(taps) {
  const [low, high] = [splatTaps("l", taps, 0), splatTaps("h", taps, 4 * taps)];
  const results = (body, count) => {
    const x = Array.from({ length: taps + 2 * (count - 1) }, (_, at) => body.let(`v128.load(source, ${16 * at})`));
    for (let at = 0; at < count; at++) {
      const seen = x.slice(2 * at, 2 * at + taps);
      body.do(`v128.store(low, ${filtered(body, seen, low.names)}, ${16 * at})`);
      body.do(`v128.store(high, ${filtered(body, seen, high.names)}, ${16 * at})`);
    }
  };
  const [two, one] = [new Body(), new Body()];
  results(two, 2);
  results(one, 1);
  return `export function horizontal${taps}(source: usize, cols: i32, low: usize, high: usize, taps: usize): void {
${[...low.lines, ...high.lines].join("\n")}
  for (; cols >= 2; cols -= 2) {
${two}
    source += 64;
    low += 32;
    high += 32;
  }
  if (cols > 0) {
${one}
  }
}
`;
}

/** Level 1, vertical: rows of a ring of pixels, eight columns at a time, to pairs of low and high. */
function floatVerticalFirst(taps) {
  const [low, high] = [splatTaps("l", taps, 0), splatTaps("h", taps, 4 * taps)];
  const body = new Body();
  for (const offset of [0, 16]) {
    const x = Array.from({ length: taps }, (_, at) => body.let(`v128.load(r${at} + col, ${offset})`));
    const [lows, highs] = [filtered(body, x, low.names), filtered(body, x, high.names)];
    body.do(`v128.store(target, v128.shuffle<f32>(${lows}, ${highs}, 0, 4, 1, 5), ${2 * offset})`);
    body.do(`v128.store(target, v128.shuffle<f32>(${lows}, ${highs}, 2, 6, 3, 7), ${2 * offset + 16})`);
  }
  const rows = Array.from(
    { length: taps },
    (_, at) => `  const r${at} = ring + <usize>((start + ${at}) & mask) * ringRow;`,
  );
  return `export function verticalFirst${taps}(ring: usize, ringRow: usize, mask: i32, start: i32, target: usize, taps: usize): void {
${[...low.lines, ...high.lines, ...rows].join("\n")}
  for (let col: usize = 0; col < ringRow; col += 32) {
${body}
    target += 64;
  }
}
`;
}

/** Level 1, horizontal: pairs of low and high to A, V, H, D, four results at a time; returns how many are left. */
function floatHorizontalFirst(taps) {
  const lines = Array.from({ length: taps }, (_, at) => `  const p${at} = v128.load(taps, ${16 * at});`);
  const body = new Body();
  const pairs = Array.from({ length: taps + 6 }, (_, at) => body.let(`v128.load64_splat(source, ${8 * at})`));
  for (let at = 0; at < 4; at++) {
    const seen = pairs.slice(2 * at, 2 * at + taps);
    const sum = filtered(
      body,
      seen,
      seen.map((_, tap) => `p${tap}`),
    );
    body.do(`v128.store(target, v128.shuffle<f32>(${sum}, ${sum}, 0, 2, 1, 3), ${16 * at})`);
  }
  return `export function horizontalFirst${taps}(source: usize, cols: i32, target: usize, taps: usize): i32 {
${lines.join("\n")}
  for (; cols >= 4; cols -= 4) {
${body}
    source += 64;
    target += 64;
  }
  return cols;
}
`;
}

/** All functions of float.generated.ts. */
export const floatFunctions = [2, 4, 6, 8].flatMap((taps) =>
  [floatVertical, floatHorizontal, floatVerticalFirst, floatHorizontalFirst].map((write) => write(taps)),
);

// The lattice of an orthogonal wavelet of four, six or eight taps; the loops around rows are written by hand in
// lattice.ts.
//
// Half as many rotations as taps, one after another with a delay of the first component in between, do what both filters
// do (Vaidyanathan, Multirate Systems and Filter Banks, section 6.4). Divided by its cosine a rotation takes two
// multiplications, so that low and high together take four operations a rotation where filters take eight.

import { Body } from "./generateBody.mjs";

/** Rotations of `stages` angles, whose tangents are tan0, tan1 and so on; `delay` gives what came one step before. */
function lattice(body, [low, high], stages, delay) {
  for (let stage = 0; stage < stages; stage++) {
    const before = stage === 0 ? low : delay(stage - 1, low);
    const [one, other] = [high, before].map((name) => body.let(`f32x4.mul(tan${stage}, ${name})`));
    low = body.let(`f32x4.sub(${before}, ${one})`);
    high = body.let(`f32x4.add(${other}, ${high})`);
  }
  return [low, high];
}

/** Statements that load the tangents, and that make the registers of delays along a row. */
function beginning(stages) {
  const tangents = Array.from(
    { length: stages },
    (_, at) => `  const tan${at} = v128.load32_splat(tangents, ${4 * at});`,
  );
  const delays = ["low", "high"].flatMap((part) =>
    Array.from({ length: stages - 1 }, (_, at) => `  let ${part}${at} = f32x4.splat(0);`),
  );
  return [...tangents, ...delays].join("\n");
}

/** The delay down the columns: a row of vectors in memory for each. */
function downwards(body, at) {
  return (stage, value) => {
    const place = `delays + ${stage} * delayBytes, ${at}`;
    const before = body.let(`v128.load(${place})`);
    body.do(`v128.store(delays + ${stage} * delayBytes, ${value}, ${at})`);
    return before;
  };
}

/**
 * Level 1: two rows of pixels to a row of A, V, H, D, four at a time. The pixels of a row lie in two halves, the first
 * and the second of every pair that the filters begin with, so that lanes are neighbouring pairs.
 */
function latticeFirst(stages) {
  const body = new Body();
  const halves = ["0", "half"].map((half, at) => {
    const rows = ["above", "below"].map((row) => body.let(`v128.load(${row} + ${half})`));
    return lattice(body, rows, stages, (stage, value) => {
      const place = `delays + ${2 * stage + at} * half`;
      const before = body.let(`v128.load(${place})`);
      body.do(`v128.store(${place}, ${value})`);
      return before;
    });
  });
  const bands = ["low", "high"].flatMap((part, at) =>
    lattice(body, [halves[0][at], halves[1][at]], stages, (stage, value) => {
      const before = body.let(`v128.shuffle<f32>(${part}${stage}, ${value}, 3, 4, 5, 6)`);
      body.do(`${part}${stage} = ${value}`);
      return before;
    }),
  );
  const mix = (one, other, lanes) => body.let(`v128.shuffle<f32>(${one}, ${other}, ${lanes})`);
  const [a, v, h, d] = bands;
  for (const [at, lanes] of ["0, 4, 1, 5", "2, 6, 3, 7"].entries()) {
    const [ah, vd] = [mix(a, h, lanes), mix(v, d, lanes)];
    body.do(`v128.store(target, ${mix(ah, vd, "0, 4, 1, 5")}, ${32 * at})`);
    body.do(`v128.store(target, ${mix(ah, vd, "2, 6, 3, 7")}, ${32 * at + 16})`);
  }
  return `export function latticeFirst${stages}(above: usize, below: usize, half: usize, delays: usize, target: usize, tangents: usize): void {
${beginning(stages)}
  const end = above + half;
  while (above < end) {
${body}
    above += 16;
    below += 16;
    delays += 16;
    target += 64;
  }
}
`;
}

/** Later levels: two rows of vectors to a row of each of four children, `step` bytes apart. */
function latticeLater(stages) {
  const body = new Body();
  const columns = [0, 16].map((at) => {
    const rows = ["above", "below"].map((row) => body.let(`v128.load(${row}, ${at})`));
    return lattice(body, rows, stages, downwards(body, at));
  });
  const children = ["low", "high"].flatMap((part, at) =>
    lattice(body, [columns[0][at], columns[1][at]], stages, (stage, value) => {
      const before = body.let(`${part}${stage}`);
      body.do(`${part}${stage} = ${value}`);
      return before;
    }),
  );
  for (const [child, name] of children.entries()) body.do(`v128.store(target + ${child} * step, ${name})`);
  return `export function latticeLater${stages}(above: usize, below: usize, count: i32, delays: usize, delayBytes: usize, target: usize, step: usize, tangents: usize): void {
${beginning(stages)}
  for (; count > 0; count--) {
${body}
    above += 32;
    below += 32;
    delays += 32;
    target += 16;
  }
}
`;
}

/** All functions of lattice.generated.ts. */
export const latticeFunctions = [2, 3, 4].flatMap((stages) => [latticeFirst(stages), latticeLater(stages)]);

// AssemblyScript has no macros and no arrays of registers: a body names every register.

/** The statements of one body. Every method adds one and returns the name of its result. */
export class Body {
  lines = [];
  #count = 0;
  #lane;

  /** @param {string} [lane] the type of the lanes that are added and subtracted */
  constructor(lane = "i16") {
    this.#lane = lane;
  }

  let(expression) {
    const name = `t${this.#count++}`;
    this.lines.push(`const ${name} = ${expression};`);
    return name;
  }

  add(one, other) {
    return this.let(`v128.add<${this.#lane}>(${one}, ${other})`);
  }

  butterfly([first, second]) {
    return [this.add(first, second), this.let(`v128.sub<${this.#lane}>(${second}, ${first})`)];
  }

  do(statement) {
    this.lines.push(`${statement};`);
  }

  toString() {
    return this.lines.map((line) => `    ${line}`).join("\n");
  }
}

// AssemblyScript has no macros and no arrays of registers: a body names every register.

/** The statements of one body. Every method adds one and returns the name of its result. */
export class Body {
  lines = [];
  #count = 0;

  let(expression) {
    const name = `t${this.#count++}`;
    this.lines.push(`const ${name} = ${expression};`);
    return name;
  }

  add(one, other) {
    return this.let(`i16x8.add(${one}, ${other})`);
  }

  butterfly([first, second]) {
    return [this.add(first, second), this.let(`i16x8.sub(${second}, ${first})`)];
  }

  do(statement) {
    this.lines.push(`${statement};`);
  }

  toString() {
    return this.lines.map((line) => `    ${line}`).join("\n");
  }
}

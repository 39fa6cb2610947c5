import { currentCell } from "./cell";
import type { Link } from "./link";
import type { Output } from "./output";
import { textOf, type Message } from "./wire";

/** Questions to the person at the notebook. */
export interface Input {
  /** @throws Error (by rejection) when the client cannot ask, as in a run without a person */
  ask(prompt: string, password: boolean): Promise<string>;
  /** How many questions are open. */
  readonly waiting: number;
  /** Takes an `input_reply`. */
  receive(message: Message): void;
}

export function createInput(link: Link, output: Output): Input {
  const waiting: ((answer: string) => void)[] = [];
  return {
    ask(prompt, password) {
      const cell = currentCell();
      if (cell === undefined || !cell.stdin.allowed)
        return Promise.reject(new Error("input: nobody can be asked here, this notebook runs without a person"));
      output.flush();
      link.send(
        "stdin",
        "input_request",
        { prompt, password },
        { parent: cell.request, identities: cell.stdin.identities },
      );
      return new Promise((resolve) => waiting.push(resolve));
    },
    get waiting() {
      return waiting.length;
    },
    receive: ({ content }) => waiting.shift()?.(textOf(content["value"])),
  };
}

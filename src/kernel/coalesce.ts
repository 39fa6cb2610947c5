import { textOf, type Message } from "./wire";

/** Joins texts of one stream that follow each other shortly, so that a cell's lines make few messages. */
export interface Coalescer {
  /** Takes any broadcast; what is no text of a stream goes out at once, after the text before it. */
  push(message: Message): void;
  flush(): void;
}

const delayMs = 20; // text waits this long for more
const largestText = 2 ** 18; // characters in one message

export function createCoalescer(send: (message: Message) => void): Coalescer {
  let waiting: Message | undefined;
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    if (waiting !== undefined) send(waiting);
    waiting = undefined;
  }

  return {
    flush,
    push(message) {
      if (waiting !== undefined && follows(waiting, message)) {
        waiting = { ...waiting, content: { ...waiting.content, text: textIn(waiting) + textIn(message) } };
        return;
      }
      flush();
      if (message.header.msg_type !== "stream") return send(message);
      waiting = message;
      timer = setTimeout(flush, delayMs);
    },
  };
}

function follows(first: Message, next: Message): boolean {
  return (
    next.header.msg_type === "stream" &&
    first.parent.msg_id === next.parent.msg_id &&
    first.content["name"] === next.content["name"] &&
    textIn(first).length < largestText
  );
}

function textIn(message: Message): string {
  return textOf(message.content["text"]);
}

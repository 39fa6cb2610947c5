import type { MimeBundle } from "../../core/host";
import type { Cell } from "../cell";
import type { History } from "../history";
import type { Output } from "../output";
import type { Outcome, Runtime } from "../runtime";
import type { Handler } from "../session";
import { bundleOf } from "../values";
import { textOf, type Json, type Message } from "../wire";

/** `execute_request`: runs a cell and broadcasts what it shows. */
export function createExecute(runtime: Runtime, output: Output, history: History): Handler {
  let count = 0;

  return async (message) => {
    const { code, silent, store, expressions } = readRequest(message.content);
    if (store) count++;
    const cell = createCell(message, count, silent);
    if (store) history.add(count, code);
    output.publish(cell, "execute_input", { code, execution_count: count });

    const outcome = await runtime.run(cell, code, (value) => showResult(cell, value, output));
    if (outcome.kind === "failed") {
      output.publish(cell, "error", outcome.error);
      return { status: "error", execution_count: count, ...outcome.error };
    }
    const userExpressions = await evaluateAll(expressions, (expression, finish) =>
      runtime.run(cell, expression, finish),
    );
    return { status: "ok", execution_count: count, user_expressions: userExpressions, payload: [] };
  };
}

interface ExecuteRequest {
  readonly code: string;
  readonly silent: boolean;
  readonly store: boolean;
  readonly expressions: Readonly<Record<string, string>>;
}

function readRequest(content: Json): ExecuteRequest {
  const silent = content["silent"] === true;
  return {
    code: textOf(content["code"]),
    silent,
    store: !silent && content["store_history"] !== false,
    expressions: (content["user_expressions"] ?? {}) as Record<string, string>,
  };
}

function createCell({ header, metadata, content, identities }: Message, count: number, silent: boolean): Cell {
  const { cellId } = metadata;
  return {
    request: header,
    id: typeof cellId === "string" ? cellId : undefined,
    count,
    file: `In[${count}].ts`,
    silent,
    stdin: { allowed: content["allow_stdin"] === true, identities },
    controller: new AbortController(),
    pending: new Set(),
  };
}

async function showResult(cell: Cell, value: unknown, output: Output): Promise<void> {
  await Promise.all(cell.pending);
  if (value === undefined || value === null) return;
  const content = { execution_count: cell.count, data: await bundleOf(value), metadata: {} };
  output.publish(cell, "execute_result", content);
}

async function evaluateAll(
  expressions: Readonly<Record<string, string>>,
  evaluate: (expression: string, finish: (value: unknown) => Promise<void>) => Promise<Outcome>,
): Promise<Json> {
  const results: Record<string, Json> = {};
  for (const [name, expression] of Object.entries(expressions)) {
    let data: MimeBundle = {};
    const outcome = await evaluate(String(expression), async (value) => void (data = await bundleOf(value)));
    results[name] =
      outcome.kind === "failed" ? { status: "error", ...outcome.error } : { status: "ok", data, metadata: {} };
  }
  return results;
}

/** The code of this session's cells. */
export interface History {
  add(line: number, code: string): void;
  readonly entries: readonly HistoryEntry[];
}

export interface HistoryEntry {
  readonly line: number;
  readonly code: string;
}

export function createHistory(): History {
  const entries: HistoryEntry[] = [];
  return { add: (line, code) => void entries.push({ line, code }), entries };
}

import type { Cell, CodeCell, Notebook, Output } from "../../../kernel/notebook/notebook.js";

/** Notebooks written in a line, for tests. */
export function notebook(cells: readonly Cell[], metadata: Notebook["metadata"] = {}): Notebook {
  // Since 4.5 each cell has an id.
  const minor = cells.every(({ id }) => id !== undefined) ? 5 : 4;
  return { nbformat: 4, nbformat_minor: minor, metadata, cells };
}

export function markdown(source: string, metadata: Cell["metadata"] = {}, id?: string): Cell {
  return { cell_type: "markdown", source, metadata, ...(id === undefined ? {} : { id }) };
}

export function code(
  source: string,
  {
    outputs = [],
    count = 1,
    metadata = {},
    id,
  }: { outputs?: Output[]; count?: number | null; metadata?: Cell["metadata"]; id?: string } = {},
): CodeCell {
  return {
    cell_type: "code",
    source,
    metadata,
    outputs,
    execution_count: count,
    ...(id === undefined ? {} : { id }),
  };
}

export function shown(data: Readonly<Record<string, unknown>>): Output {
  return { output_type: "display_data", data, metadata: {} };
}

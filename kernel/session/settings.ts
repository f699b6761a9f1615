/** What becomes of a cell with type errors: it is refused, it runs with warnings, or nobody is told. */
export type TypeErrors = "error" | "warn" | "off";

/** What a cell can change for those that follow it. */
export interface CellSettings {
  typeErrors: TypeErrors;
  /** Whether tracebacks show the frames of libraries and Node, too. */
  fullStacks: boolean;
}

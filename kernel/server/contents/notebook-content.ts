import { formatNotebook, type Notebook, parseNotebook } from "../../notebook/notebook.js";
import { Refusal } from "../route.js";

/** What a client gets of a notebook's file, and what is wrong with it, if anything that JupyterLab can live with. */
export interface ReadNotebook {
  readonly content: object;
  readonly message?: string;
}

/**
 * The notebook in a file's text, with each text in one piece, as JupyterLab has it.
 * @throws Refusal If nothing can show it.
 */
export function readNotebookContent(text: string, path: string): ReadNotebook {
  let message: string | undefined;
  try {
    parseNotebook(text, path);
  } catch (error) {
    message = (error as Error).message;
  }
  const content = message?.includes("not JSON") ? undefined : (JSON.parse(text) as unknown);
  if (!isShowable(content)) throw new Refusal(400, `${message ?? path}; the file is left as it is`);
  const joined = { ...content, cells: content.cells.map((cell) => withoutTrust(withWholeTexts(cell))) };
  return { content: joined, ...(message === undefined ? {} : { message }) };
}

/**
 * The text of the file of a notebook that a client has: laid out as Jupyter does.
 * @throws Refusal If it is none.
 */
export function writeNotebookContent(content: unknown, path: string): string {
  if (!isShowable(content)) {
    throw new Refusal(400, `the content for ${path} is no notebook of nbformat 4; the file is left as it is`);
  }
  return formatNotebook({ ...content, cells: content.cells.map(withoutTrust) } as unknown as Notebook);
}

export const emptyNotebook = { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 } as const;

type Members = Readonly<Record<string, unknown>>;
type Showable = Members & { readonly cells: readonly Members[] };

/**
 * Whether a value is enough of a notebook to be shown and saved. Less than what nbformat demands: work is not lost over
 * a missing id.
 */
function isShowable(value: unknown): value is Showable {
  return isObject(value) && value.nbformat === 4 && isObject(value.metadata) && areAll(value.cells, isCell);
}

function isCell(cell: Members): boolean {
  const { cell_type: type, source, outputs, metadata } = cell;
  if (!isText(source) || !isObject(metadata)) return false;
  return type === "code" ? areAll(outputs, isOutput) : type === "markdown" || type === "raw";
}

function isOutput({ output_type: type, text, data }: Members): boolean {
  if (type === "stream") return isText(text);
  return type === "error" || ((type === "display_data" || type === "execute_result") && isObject(data));
}

function isText(value: unknown): boolean {
  return (
    typeof value === "string" || (Array.isArray(value) && value.every((line) => typeof line === "string"))
  );
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function areAll(value: unknown, accepts: (member: Members) => boolean): boolean {
  return Array.isArray(value) && value.every((member) => isObject(member) && accepts(member));
}

function withWholeTexts(cell: Members): Members {
  return {
    ...cell,
    source: whole(cell.source),
    ...(cell.cell_type === "code" ? { outputs: (cell.outputs as Members[]).map(withWholeForms) } : {}),
  };
}

function withWholeForms(output: Members): Members {
  if (output.output_type === "stream") return { ...output, text: whole(output.text) };
  if (output.output_type === "error") return output;
  const forms = Object.entries(output.data as Members).map(([type, value]) => {
    return [type, /[/+]json$/.test(type) ? value : whole(value)];
  });
  return { ...output, data: Object.fromEntries(forms) };
}

function whole(text: unknown): unknown {
  return Array.isArray(text) && isText(text) ? text.join("") : text;
}

/** A cell that nobody vouches for: what a file says of its own trust counts for nothing. */
function withoutTrust(cell: Members): Members {
  const { trusted: _, ...metadata } = cell.metadata as Members;
  return { ...cell, metadata };
}

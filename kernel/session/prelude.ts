import { displayDeclarations } from "../display/globals.js";
import type { Prelude } from "./compiler.js";

/** Names of the library that every cell has without an import, when the library exports them. */
const LIBRARY_PARTS = ["nn", "optim", "plot"];

/** The declarations of what every cell has without an import: what the user reads when completing and inspecting. */
export function prelude(exports: Readonly<Record<string, unknown>>): Prelude {
  const parts = LIBRARY_PARTS.filter((name) => name in exports);
  const source = `
import * as optimlabTypes from "optimlab";
declare global {
  const torch: typeof optimlabTypes;
${parts.map((name) => `  const ${name}: typeof optimlabTypes.${name};`).join("\n")}
  type Tensor = optimlabTypes.Tensor;
${displayDeclarations}
  /** Removes the output of the cell so far; with \`wait\`, only when new output comes. */
  function clearOutput(options?: { wait?: boolean }): void;
  /** Shows a text and waits for the line that the user types; \`password\` hides it. Everything else stands still. */
  function prompt(message?: unknown, options?: { password?: boolean }): string;
  /** Shows a text and resolves to the line that the user types; \`password\` hides it. */
  function input(message?: unknown, options?: { password?: boolean }): Promise<string>;

  interface CommMessage {
    readonly data: any;
    readonly metadata: any;
    readonly buffers: readonly Uint8Array[];
  }
  interface CommExtras {
    readonly metadata?: object;
    readonly buffers?: readonly (ArrayBuffer | ArrayBufferView)[];
  }
  /** One connection between a cell and the front end, by which either sends JSON and bytes to the other. */
  interface Comm {
    readonly id: string;
    readonly target: string;
    readonly closed: boolean;
    send(data: object, extras?: CommExtras): void;
    close(data?: object, extras?: CommExtras): void;
    /** Sets what is called with each message of the front end. */
    onMessage(handler: (message: CommMessage) => void): void;
    /** Sets what is called when the front end closes the comm. */
    onClose(handler: (message: CommMessage) => void): void;
  }
  /** Jupyter's comms: a cell opens one to the front end, or registers a target to which the front end opens them. */
  const comms: {
    open(target: string, data?: object, extras?: CommExtras): Comm;
    registerTarget(name: string, opened: (comm: Comm, message: CommMessage) => void): void;
    unregisterTarget(name: string): void;
  };
}
`;
  return { name: "optimlab_prelude", source };
}

/** The values of these names. */
export function preludeValues(exports: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const parts = LIBRARY_PARTS.filter((name) => name in exports).map((name) => [name, exports[name]]);
  return { torch: exports, ...Object.fromEntries(parts) };
}

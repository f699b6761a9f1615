import { commandLine } from "./package.js";

/** A kernel as Jupyter describes it in kernel.json. Source: jupyter_client, "Kernel specs". */
export interface Kernelspec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  /** How a running cell is interrupted: by SIGINT, or by an `interrupt_request` on the control channel. */
  readonly interrupt_mode?: "signal" | "message";
  readonly env?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export const kernelName = "optimlab";

/** A falling loss: the kernel's picture in JupyterLab's launcher. */
export const kernelLogo: string = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
  <rect width="64" height="64" rx="10" fill="#3178c6"/>
  <path d="M12 12v40h40" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/>
  <path d="M18 16c4 22 14 28 32 29" fill="none" stroke="#ffd166" stroke-width="5" stroke-linecap="round"/>
</svg>
`;

/**
 * The kernelspec of this very installation: absolute paths, since Jupyter may be started from anywhere and
 * with another PATH.
 */
export const kernelspec: Kernelspec = {
  argv: [
    process.execPath,
    // The kernel interrupts through the inspector; without this Node aborts when that hits a timer's loop.
    "--no-force-async-hooks-checks",
    commandLine,
    "kernel",
    "{connection_file}",
  ],
  display_name: "TypeScript (optimlab)",
  language: "typescript",
  // A signal reaches only the main thread, which an endless loop keeps busy, and Windows has none to send.
  interrupt_mode: "message",
  metadata: { debugger: true },
};

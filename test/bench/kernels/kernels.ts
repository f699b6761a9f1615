import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { builtCommandLine, python } from "../../requirements.js";

export type KernelId = "ours" | "tslab" | "deno" | "ipykernel";

/** The same cells in the language of the kernel. */
export interface Cells {
  readonly list: string;
  readonly endless: string;
  /** Cell number `i` of many that each declare some names. */
  declaring(i: number): string;
  printing(lines: number): string;
}

export interface Kernel {
  readonly id: KernelId;
  /** Name and version. */
  readonly name: string;
  readonly cells: Cells;
  /** How its kernelspec wants a cell to be interrupted. */
  readonly interrupt: "message" | "signal";
  command(connectionFile: string): readonly string[];
}

interface Candidate extends Pick<Kernel, "id" | "cells" | "interrupt"> {
  /** What it is started by, up to the connection file, and its version. */
  find(): Promise<{ readonly command: readonly string[]; readonly version: string }>;
  readonly howToGet: string;
}

const typescript: Cells = {
  list: "const xs = [1, 2, 3];",
  endless: "while (true) {}",
  declaring: (i) =>
    `const value${i} = ${i};\nfunction add${i}(x: number): number { return x + value${i}; }\nadd${i}(1)`,
  printing: (lines) => `for (let i = 0; i < ${lines}; i++) console.log("line " + i);`,
};

const pythonCells: Cells = {
  list: "xs = [1, 2, 3]",
  endless: "while True: pass",
  declaring: (i) => `value${i} = ${i}\ndef add${i}(x: int) -> int:\n    return x + value${i}\nadd${i}(1)`,
  printing: (lines) => `for i in range(${lines}): print("line", i)`,
};

const require = createRequire(import.meta.url);

const candidates: readonly Candidate[] = [
  {
    id: "ours",
    cells: typescript,
    interrupt: "message",
    async find() {
      const { version } = require("../../../package.json") as { version: string };
      await run(process.execPath, builtCommandLine, "--help");
      return {
        command: [process.execPath, "--no-force-async-hooks-checks", builtCommandLine, "kernel"],
        version,
      };
    },
    howToGet: "npm run build",
  },
  {
    id: "tslab",
    cells: typescript,
    interrupt: "signal",
    async find() {
      const main = join(dirname(dirname(require.resolve("tslab"))), "bin", "tslab");
      const version = await run(process.execPath, main, "--version");
      return {
        command: [process.execPath, main, "kernel", "--config-path"],
        version: version.replace("tslab ", ""),
      };
    },
    howToGet: "npm install",
  },
  {
    id: "deno",
    cells: typescript,
    interrupt: "signal",
    async find() {
      const launcher = fileURLToPath(new URL("node_modules/.bin/deno", import.meta.url));
      // The launcher is a program of Node that would stand between us and the kernel.
      const script = "console.log(Deno.execPath()); console.log(Deno.version.deno)";
      const [program = "", version = ""] = (await run(launcher, "eval", script)).split("\n");
      return { command: [program, "jupyter", "--kernel", "--conn"], version };
    },
    howToGet: "npm ci --prefix test/bench/kernels",
  },
  {
    id: "ipykernel",
    cells: pythonCells,
    interrupt: "signal",
    async find() {
      const version = await run(python, "-c", "import ipykernel; print(ipykernel.__version__)");
      return { command: [python, "-m", "ipykernel_launcher", "-f"], version };
    },
    howToGet: "apt-get install python3-ipykernel",
  },
];

/**
 * The kernels that are installed, ours first.
 * @param leaveOut Hears which are not, why, and how to get them.
 */
export async function installedKernels(leaveOut: (line: string) => void): Promise<Kernel[]> {
  const found = await Promise.all(
    candidates.map(async ({ find, howToGet, ...kernel }) => {
      try {
        const { command, version } = await find();
        const started = (file: string): readonly string[] => [...command, file];
        return [{ ...kernel, name: `${kernel.id} ${version}`, command: started }];
      } catch (error) {
        const [line] = (error instanceof Error ? error.message : String(error)).split("\n");
        leaveOut(`${kernel.id} is left out: ${line} (${howToGet})`);
        return [];
      }
    }),
  );
  return found.flat();
}

async function run(program: string, ...args: string[]): Promise<string> {
  return (await promisify(execFile)(program, args)).stdout.trim();
}

import { readFileSync, writeSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { join } from "node:path";
import { getHeapStatistics } from "node:v8";
import { MessageChannel, Worker } from "node:worker_threads";
import { userDataDirectory } from "./jupyter-paths.js";
import { packageRoot, version } from "./package.js";
import { readConnectionFile } from "./protocol/connection.js";
import { type ProtocolOptions, SHARED_BYTES } from "./protocol/link.js";
import { PROTOCOL_VERSION } from "./protocol/wire.js";
import { serveSession } from "./session/host.js";
import type { ParsedFiles } from "./session/tslab.js";

/**
 * Runs as a Jupyter kernel: ZeroMQ in a thread of its own, cells on this one. Ends the process when Jupyter asks
 * for it, so the promise never resolves.
 * @param connectionFile Path of the file in which Jupyter says where to listen.
 * @param parsed What need not be parsed any more, when the process was restored from a start-up snapshot.
 * @throws ConnectionFileError when the file is missing or malformed, before anything is started.
 */
export async function runKernel(connectionFile: string, parsed: ParsedFiles = new Map()): Promise<void> {
  const connection = readConnectionFile(connectionFile);
  const shared = new SharedArrayBuffer(SHARED_BYTES);
  const { port1: inputPort, port2 } = new MessageChannel();
  const options: ProtocolOptions = {
    connection,
    kernelInfo: kernelInfo(),
    shared,
    inputPort: port2,
    historyFile: historyFile(),
    heapLimit: getHeapStatistics().heap_size_limit,
  };
  const worker = new Worker(new URL("./protocol/worker.js", import.meta.url), {
    workerData: options,
    transferList: [port2],
  });
  worker.on("error", fail);
  quietRequireOfModules();
  const library = ownLibrary();
  resolveOwnPackage(library.main);
  try {
    await serveSession({ worker, shared, inputPort }, library, parsed);
  } catch (error) {
    fail(error);
  }
  return new Promise(() => undefined);
}

function fail(error: unknown): never {
  writeSync(2, `optimlab: the kernel cannot go on: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}

/** Where inputs are kept over restarts; the empty variable switches that off, as for notebooks that run as tests. */
function historyFile(): string | undefined {
  const chosen = process.env.OPTIMLAB_HISTORY ?? join(userDataDirectory(), "optimlab", "history.jsonl");
  return chosen === "" ? undefined : chosen;
}

/** Where the library's code and declarations are. */
function ownLibrary(): { readonly main: string; readonly types: string } {
  const { main, types } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as {
    main: string;
    types: string;
  };
  return { main: join(packageRoot, main), types: join(packageRoot, types) };
}

/** Makes `require("optimlab")`, which tslab's imports become, this very package from wherever it is called. */
function resolveOwnPackage(main: string): void {
  const loader = Module as unknown as { _resolveFilename(request: string, ...rest: unknown[]): string };
  const resolve = loader._resolveFilename;
  loader._resolveFilename = function (this: unknown, request: string, ...rest: unknown[]): string {
    return request === "optimlab" ? main : Reflect.apply(resolve, this, [request, ...rest]);
  };
}

/** Imports of ES modules in cells become `require` calls; Node 20 warns of each kind once, in the user's output. */
function quietRequireOfModules(): void {
  const emitWarning = process.emitWarning as (...values: unknown[]) => void;
  process.emitWarning = (...values: unknown[]) => {
    if (values[1] === "ExperimentalWarning" && /require\(\)/.test(String(values[0]))) return;
    Reflect.apply(emitWarning, process, values);
  };
}

/** The content of `kernel_info_reply`, known without loading the compiler. */
function kernelInfo(): Record<string, unknown> {
  const fromTslab = createRequire(createRequire(import.meta.url).resolve("tslab"));
  const typescript = fromTslab("@tslab/typescript-for-tslab/package.json") as { version: string };
  const tslab = fromTslab("../package.json") as { version: string };
  return {
    protocol_version: PROTOCOL_VERSION,
    implementation: "optimlab",
    implementation_version: version,
    language_info: {
      name: "typescript",
      version: typescript.version,
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      // `mode` is what JupyterLab highlights by, the rest what the classic notebook needs.
      codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
      nbconvert_exporter: "script",
    },
    banner: `optimlab ${version}: TypeScript ${typescript.version} through tslab ${tslab.version}, Node ${process.version}`,
    debugger: true,
    supported_features: ["debugger"],
    help_links: [
      { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
      { text: "PyTorch optim", url: "https://pytorch.org/docs/stable/optim.html" },
    ],
  };
}

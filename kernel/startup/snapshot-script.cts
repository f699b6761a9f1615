/**
 * What a start-up snapshot is made by, and what a kernel that is restored from one begins with. Node runs this file
 * alone with `--build-snapshot`: it may load nothing but Node's own modules, so everything else comes later, from
 * disk, in the restored process.
 */
import fs = require("node:fs");
import Module = require("node:module");
import path = require("node:path");
import v8 = require("node:v8");
import vm = require("node:vm");
import type ts = require("@tslab/typescript-for-tslab");

/** What `snapshot.ts` hands to this script, as JSON in its one argument. */
interface Ingredients {
  /** Absolute path of the compiler's script. */
  readonly compiler: string;
  /** The folder that holds `node`, the declarations of Node's own modules. */
  readonly typeRoot: string;
  /** The library's declarations. */
  readonly library: string;
  /** The module whose `runKernel` the restored process calls. */
  readonly kernel: string;
}

/** The file descriptor on which the starting process hears that this one has come to life. */
const STARTED_FD = 3;
const STARTED = "started";

const ingredients = JSON.parse(process.argv[2]!) as Ingredients;
const typescript = withoutDirectory(() => loadCompiler(ingredients.compiler));
const parsed = withoutDirectory(() => parseDeclarations());
/** Size and time of change of each parsed file: one that has changed since is parsed anew. */
const stamps = new Map([...parsed.keys()].map((file) => [file, stampOf(file)]));

// Node 20 takes this property away and brings it back, unless the compiler has put its absence into words.
if (Error.stackTraceLimit === undefined) Reflect.deleteProperty(Error, "stackTraceLimit");

v8.startupSnapshot.setDeserializeMainFunction(() => {
  // Processes that user code forks inherit these arguments, and are no kernels.
  process.execArgv = withoutSnapshot(process.execArgv);
  fs.writeSync(STARTED_FD, STARTED);
  fs.closeSync(STARTED_FD);
  for (const [file, stamp] of stamps) if (stampOf(file) !== stamp) parsed.delete(file);
  const { compiler, kernel } = ingredients;
  const loaded = new Module(compiler);
  Object.assign(loaded, { filename: compiler, loaded: true, exports: typescript });
  (Module as unknown as { _cache: Record<string, NodeModule> })._cache[compiler] = loaded;
  // `import()` of this script would fail: it was compiled in another process.
  const { runKernel } = Module.createRequire(kernel)(kernel) as typeof import("../kernel.js", { with: {
    "resolution-mode": "import",
  }});
  const [, , , connectionFile] = process.argv;
  // Whoever made the snapshot wants to know whether it gets as far as this.
  if (connectionFile === undefined) return;
  runKernel(connectionFile, parsed as Map<string, never>).catch((error: Error) => {
    process.stderr.write(`optimlab: ${error.message}\n`);
    process.exitCode = 1;
  });
});

/** Compiles and runs the compiler's script, which is CommonJS without dependencies. */
function loadCompiler(file: string): typeof ts {
  const names = ["exports", "require", "module", "__filename", "__dirname"];
  const run = vm.compileFunction(fs.readFileSync(file, "utf8"), names, { filename: file });
  const loading = { exports: {} };
  run.call(loading.exports, loading.exports, require, loading, file, path.dirname(file));
  return loading.exports as typeof ts;
}

/**
 * Parses and binds every declaration file that a cell of a new session sees, by compiling such a cell. What V8
 * compiles of the compiler on the way is in the snapshot, too.
 */
function parseDeclarations(): Map<string, ts.SourceFile> {
  const cell = path.join(path.dirname(ingredients.kernel), "cell.ts");
  const text = [
    'import * as library from "optimlab";',
    "declare global { const torch: typeof library }",
    "class A { f(z: number) { return torch.zeros([z]); } }",
    "export const x = [1, 2].map((y) => `y`); console.log(new A(), x);",
  ].join("\n");
  const options: ts.CompilerOptions = {
    target: typescript.ScriptTarget.ES2022,
    module: typescript.ModuleKind.ESNext,
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
    lib: ["lib.es2022.d.ts"],
    types: ["node"],
    typeRoots: [ingredients.typeRoot],
    paths: { optimlab: [ingredients.library] },
    skipLibCheck: true,
    strict: true,
    sourceMap: true,
  };
  const host = typescript.createCompilerHost(options, true);
  const parse = host.getSourceFile;
  const files = new Map<string, ts.SourceFile>();
  host.getCurrentDirectory = () => path.dirname(cell);
  host.getSourceFile = (name, version) => {
    if (name === cell) return typescript.createSourceFile(name, text, version, true);
    const file = parse(name, version);
    if (file) files.set(name, file);
    return file;
  };
  const program = typescript.createProgram([cell], options, host);
  const problems = typescript.getPreEmitDiagnostics(program);
  if (problems.length > 0) {
    throw new Error(typescript.formatDiagnostics(problems, { ...host, getNewLine: () => "\n" }));
  }
  program.emit(program.getSourceFile(cell), () => undefined);
  return files;
}

/**
 * Does `work` where asking for the working directory is an error. The compiler asks once and remembers the answer,
 * which must be the notebook's folder, not the builder's.
 */
function withoutDirectory<Result>(work: () => Result): Result {
  const { cwd } = process;
  process.cwd = () => {
    throw new Error("the compiler asked for the working directory while the snapshot was made");
  };
  try {
    return work();
  } finally {
    process.cwd = cwd;
  }
}

function withoutSnapshot(args: readonly string[]): string[] {
  const at = args.indexOf("--snapshot-blob");
  return at < 0 ? [...args] : args.toSpliced(at, 2);
}

function stampOf(file: string): string {
  const { size, mtimeMs } = fs.statSync(file, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
  return `${size} ${mtimeMs}`;
}

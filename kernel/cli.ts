#!/usr/bin/env node
import { debuglog, type ParseArgsConfig, parseArgs } from "node:util";

/** What was typed is wrong: answered with one line and exit code 2, before anything is done. */
class UsageError extends Error {}

interface Command {
  readonly usage: string;
  readonly summary: string;
  readonly options?: NonNullable<ParseArgsConfig["options"]>;
  /** How many operands the command takes: at least, at most. */
  readonly operands: readonly [least: number, most: number];
  /** Resolves to the exit code. Loads its own modules, so that a kernel need not wait for what `start` needs. */
  run(operands: string[], options: Readonly<Record<string, unknown>>): Promise<number>;
}

const checkUsage =
  "[--kernel NAME] [--timeout SECONDS] [--notebook-timeout SECONDS] [--memory MIB] [--output-limit MB] " +
  "[--workers COUNT] [--server URL [--token TOKEN]] [--json] [--junit FILE]";

const checkOptions = {
  kernel: { type: "string" },
  timeout: { type: "string" },
  "notebook-timeout": { type: "string" },
  memory: { type: "string" },
  "output-limit": { type: "string" },
  workers: { type: "string" },
  server: { type: "string" },
  token: { type: "string" },
  json: { type: "boolean" },
  junit: { type: "string" },
} as const satisfies Command["options"];

async function check(
  mode: "check" | "run" | "update",
  paths: string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const text = (name: string) => (options[name] === undefined ? {} : { [name]: String(options[name]) });
  const amount = (name: keyof typeof checkOptions, otherwise: number) => {
    const value = Number(options[name] ?? otherwise);
    if (value > 0) return value;
    throw new UsageError(`${mode}: --${name} is ${JSON.stringify(options[name])}; expected a number above 0`);
  };
  const settings = {
    timeout: amount("timeout", 300),
    notebookTimeout: amount("notebook-timeout", 3600),
    memory: amount("memory", Number.POSITIVE_INFINITY),
    outputLimit: amount("output-limit", 20),
    ...(options.workers === undefined ? {} : { workers: Math.ceil(amount("workers", 1)) }),
    json: options.json === true,
    ...text("kernel"),
    ...text("server"),
    ...text("token"),
    ...text("junit"),
  };
  const { checkCommand } = await import("./check/command.js");
  try {
    return await checkCommand(mode, paths, settings, process.stdout);
  } catch (error) {
    throw new UsageError(`${mode}: ${(error as Error).message}`);
  }
}

const commands: Readonly<Record<string, Command>> = {
  start: {
    usage:
      "start [folder | notebook] [--ip ADDRESS] [--port PORT] [--token TOKEN] [--no-browser] [--cull MINUTES]",
    summary: "open JupyterLab with the kernel in a folder (the current one if none is named)",
    operands: [0, 1],
    options: {
      ip: { type: "string", default: "127.0.0.1" },
      port: { type: "string", default: "8888" },
      token: { type: "string" },
      "no-browser": { type: "boolean" },
      cull: { type: "string", default: "0" },
    },
    async run([path = "."], { ip, port, token, cull, "no-browser": noBrowser }) {
      if (!/^\d+$/.test(String(port)) || Number(port) > 65_535) {
        throw new UsageError(`start: --port is ${JSON.stringify(port)}; expected a number from 0 to 65535`);
      }
      if (!(Number(cull) >= 0)) {
        throw new UsageError(`start: --cull is ${JSON.stringify(cull)}; expected minutes, or 0 for never`);
      }
      if (token !== undefined && !/^[\w.~-]{8,}$/.test(String(token))) {
        throw new UsageError("start: a token has at least 8 letters, digits and -._~");
      }
      const { start } = await import("./start/start.js");
      return start(path, {
        ip: String(ip),
        port: Number(port),
        token: token as string | undefined,
        cullAfter: Number(cull) * 60_000,
        browser: noBrowser !== true,
      });
    },
  },
  run: {
    usage: "run <notebook> | run [paths…] [options of check]",
    summary: "run a notebook of any kernel and show it as it runs; or run many, and say which fail",
    operands: [0, Number.POSITIVE_INFINITY],
    options: checkOptions,
    async run(operands, options) {
      if (operands.length !== 1 || !operands[0]!.endsWith(".ipynb") || Object.keys(options).length > 0) {
        return check("run", operands, options);
      }
      const { run } = await import("./terminal/run.js");
      return run(operands[0]!, process.stdout);
    },
  },
  check: {
    usage: `check [paths…] ${checkUsage}`,
    summary: "run notebooks, and Markdown's blocks of TypeScript, and compare with the saved outputs",
    operands: [0, Number.POSITIVE_INFINITY],
    options: checkOptions,
    run: (operands, options) => check("check", operands, options),
  },
  update: {
    usage: "update [paths…] [options of check]",
    summary: "run notebooks, and save the outputs that are not as they were",
    operands: [0, Number.POSITIVE_INFINITY],
    options: checkOptions,
    run: (operands, options) => check("update", operands, options),
  },
  student: {
    usage: "student <notebook> -o <student-notebook>",
    summary: "write a notebook as students get it: with stubs where its solutions are",
    operands: [1, 1],
    options: { output: { type: "string", short: "o" } },
    async run([notebook], { output }) {
      if (typeof output !== "string" || output === "") {
        throw new UsageError("student: where to? usage: optimlab student <notebook> -o <student-notebook>");
      }
      const { writeStudentNotebook } = await import("./check/student/command.js");
      process.stdout.write(`${writeStudentNotebook(notebook!, output)}\n`);
      return 0;
    },
  },
  install: {
    usage: "install [--user | --sys-prefix | --prefix DIR] [--uninstall]",
    summary: "add the kernel and the renderer of figures to an existing Jupyter, or remove them",
    operands: [0, 0],
    options: {
      user: { type: "boolean" },
      "sys-prefix": { type: "boolean" },
      prefix: { type: "string" },
      uninstall: { type: "boolean" },
    },
    async run(_, options) {
      const places = ["user", "sys-prefix", "prefix"].filter((name) => options[name] !== undefined);
      if (places.length > 1) {
        throw new UsageError(`install: --${places.join(" and --")} exclude each other; give one`);
      }
      if (options.prefix === "") throw new UsageError("install: --prefix needs a folder");
      const { install, uninstall } = await import("./install.js");
      const place = options["sys-prefix"]
        ? "sys-prefix"
        : options.prefix === undefined
          ? "user"
          : { prefix: options.prefix as string };
      process.stdout.write(`${options.uninstall ? uninstall(place) : install(place)}\n`);
      if (!options.uninstall) {
        const { prepareKernel } = await import("./startup/launch.js");
        prepareKernel();
      }
      return 0;
    },
  },
  kernel: {
    usage: "kernel <connection-file>",
    summary: "run as a Jupyter kernel (Jupyter starts this itself)",
    operands: [1, 1],
    async run([connectionFile]) {
      const { launchKernel } = await import("./startup/launch.js");
      return launchKernel(connectionFile!);
    },
  },
};

function help(): string {
  const lines = Object.values(commands).map(({ usage, summary }) => `  optimlab ${usage}\n      ${summary}`);
  return `Usage:\n${lines.join("\n")}\n  optimlab --help | --version\n`;
}

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    (name === undefined ? process.stderr : process.stdout).write(help());
    return name === undefined ? 2 : 0;
  }
  if (name === "--version" || name === "-V") {
    const { version } = await import("./package.js");
    process.stdout.write(`${version}\n`);
    return 0;
  }
  if (!Object.hasOwn(commands, name)) {
    throw new UsageError(
      name.startsWith("-")
        ? `unknown option ${name}; there are --help and --version`
        : `unknown command ${name}; there are ${Object.keys(commands).join(", ")}`,
    );
  }
  const command = commands[name]!;
  const { operands, options } = parse(name, command, rest);
  if (options.help) {
    process.stdout.write(`Usage: optimlab ${command.usage}\n${command.summary}\n`);
    return 0;
  }
  const [least, most] = command.operands;
  if (operands.length < least || operands.length > most) {
    throw new UsageError(`${name}: ${operands.length} operands given; usage: optimlab ${command.usage}`);
  }
  return command.run(operands, options);
}

function parse(name: string, command: Command, args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { help: { type: "boolean", short: "h" }, ...command.options },
    });
    return { operands: positionals, options: values as Readonly<Record<string, unknown>> };
  } catch (error) {
    // Node explains in several sentences; the first names the option, the usage line says the rest.
    const [reason] = (error as Error).message.split(/[.\n] ?/, 1);
    throw new UsageError(`${name}: ${reason}; usage: optimlab ${command.usage}`);
  }
}

// Whoever reads our output may have seen enough (`optimlab run … | head`): that is no error, but the end.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  debuglog("optimlab")("%s", error instanceof Error ? error.stack : error);
  process.stderr.write(`optimlab: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

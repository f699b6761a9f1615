import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { PeerId } from "./workloads.js";

type Command = readonly [command: string, ...args: string[]];

interface Candidate {
  readonly id: PeerId;
  /** The head of its column. */
  readonly title: string;
  /** Tried in order until one starts. */
  readonly commands: readonly Command[];
  readonly howToGet: string;
}

export type Answer = { readonly seconds: number } | { readonly problem: string } | { readonly absent: true };

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const node = (name: string, ...args: string[]): Command[] => [[process.execPath, file(name), ...args]];
const python = (...args: string[]): Command[] =>
  [process.env.PYTHON, "python3", "/usr/bin/python3"].flatMap((command) =>
    command ? [[command, ...args]] : [],
  );
const flags = ["-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math"];

const npm = "npm ci --prefix test/bench/peers";
const torch = "apt-get install python3-torch, or set PYTHON to an interpreter that has torch";
const fixed: readonly Candidate[] = [
  { id: "ours-1", title: "ours 1t", commands: node("optimlab.mjs", "1"), howToGet: "npm run build" },
  {
    id: "ours-2",
    title: "ours 2t",
    commands: node("optimlab.mjs", "2"),
    howToGet: "it takes part when there is one",
  },
  { id: "torch-1", title: "torch 1t", commands: python(file("peers/pytorch.py"), "1"), howToGet: torch },
  { id: "torch-2", title: "torch 2t", commands: python(file("peers/pytorch.py"), "2"), howToGet: torch },
  { id: "tfjs", title: "tfjs-wasm", commands: node("peers/tfjs.mjs", "1"), howToGet: npm },
  { id: "jax", title: "jax-js", commands: node("peers/jax-js.mjs"), howToGet: npm },
];

/** The machine as it is, and with vectors no wider than WebAssembly's: more than that no WebAssembly can reach. */
const limitsOfC = [
  { id: "limit", title: "C limit", flags: [], howToGet: "a C compiler, as cc or in CC" },
  {
    id: "limit-128",
    title: "C, 128 bit",
    flags: ["-mprefer-vector-width=128"],
    howToGet: "a C compiler for x86-64: the vectors of others are no wider",
  },
] as const;

/** Those who can take part on this machine, ourselves first. */
export class Field {
  private constructor(
    private readonly candidates: readonly Candidate[],
    private readonly folder: string,
  ) {}

  /**
   * Tries every candidate once. `leaveOut` hears who does not start, why, and how to get it.
   *
   * @throws when the library itself does not start: without it there is nothing to compare
   */
  static async gather(leaveOut: (line: string) => void): Promise<Field> {
    const folder = await mkdtemp(join(tmpdir(), "optimlab-bench-"));
    const left = (title: string, error: unknown, howToGet: string): string =>
      `${title} is left out: ${messageOf(error)} (${howToGet})`;
    try {
      const limits = await Promise.all(
        limitsOfC.map(({ title, flags, howToGet, ...limit }) =>
          compiled(join(folder, limit.id), flags).then(
            (command): Candidate[] => [{ ...limit, title, commands: [command], howToGet }],
            (error): Candidate[] => {
              leaveOut(left(title, error, howToGet));
              return [];
            },
          ),
        ),
      );
      const found = await Promise.all(
        [...fixed, ...limits.flat()].map(async (candidate) => {
          try {
            const { peer, command } = await firstThatStarts(candidate);
            await peer.stop();
            return [{ ...candidate, commands: [command] }];
          } catch (error) {
            const problem = left(candidate.title, error, candidate.howToGet);
            if (candidate.id === "ours-1") throw new Error(problem);
            leaveOut(problem);
            return [];
          }
        }),
      );
      return new Field(found.flat(), folder);
    } catch (error) {
      await rm(folder, { recursive: true });
      throw error;
    }
  }

  /** A process for each who takes part, or for those named. */
  async start(...ids: readonly PeerId[]): Promise<Peer[]> {
    const chosen = this.candidates.filter(({ id }) => ids.length === 0 || ids.includes(id));
    return Promise.all(chosen.map(async (candidate) => (await firstThatStarts(candidate)).peer));
  }

  async disband(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}

async function compiled(program: string, more: readonly string[]): Promise<Command> {
  const args = [...flags, ...more, "-o", program, file("peers/limits.c"), "-lm"];
  await promisify(execFile)(process.env.CC ?? "cc", args);
  return [program];
}

async function firstThatStarts(candidate: Candidate): Promise<{ peer: Peer; command: Command }> {
  let problem: unknown;
  for (const command of candidate.commands) {
    const peer = new Peer(candidate, command);
    try {
      await peer.ready();
      return { peer, command };
    } catch (error) {
      problem = error;
      await peer.stop();
    }
  }
  throw problem;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A process that measures workloads when it is asked to; see peers/serve.mjs. */
export class Peer {
  readonly id: PeerId;
  readonly title: string;
  name = "";
  private readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly lines: AsyncIterator<string>;
  private errors = "";
  private readonly end: Promise<string>;

  constructor({ id, title }: Candidate, [command, ...args]: Command) {
    this.id = id;
    this.title = title;
    this.process = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.process.stderr.on("data", (text) => {
      this.errors += text;
    });
    this.process.stdin.on("error", () => {});
    this.end = new Promise((resolve) => {
      this.process.on("error", (error) => resolve(error.message));
      this.process.on("close", (code) => resolve(this.lastWords() ?? `exit code ${code}`));
    });
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  async ready(): Promise<void> {
    this.name = (await this.nextMessage<{ name: string }>()).name;
  }

  async measure(workload: string, budget: number): Promise<Answer> {
    this.process.stdin.write(`${workload} ${budget}\n`);
    try {
      return await this.nextMessage<Answer>();
    } catch (error) {
      return { problem: messageOf(error) };
    }
  }

  /** Ends the process, by force when it does not end by itself. */
  async stop(): Promise<void> {
    this.process.stdin.end();
    const force = setTimeout(() => this.process.kill("SIGKILL"), 3000);
    await this.end;
    clearTimeout(force);
  }

  private async nextMessage<Message>(): Promise<Message> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(await this.end);
    return JSON.parse(value) as Message;
  }

  /** The line of a stack trace that names the error. */
  private lastWords(): string | undefined {
    const lines = this.errors.trim().split("\n");
    return lines.find((line) => /^\w*Error\b/.test(line)) ?? (lines.at(-1) || undefined);
  }
}

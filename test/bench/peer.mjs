import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const file = (name) => fileURLToPath(new URL(`peers/${name}`, import.meta.url));
const python = (...args) =>
  [process.env.PYTHON, "python3", "/usr/bin/python3"].filter(Boolean).map((command) => [command, ...args]);

/** Who takes part, ourselves first: several commands are tried in order. A peer that does not start is left out. */
const candidates = [
  { title: "optimlab", commands: [[process.execPath, file("optimlab.mjs")]] },
  { title: "torch", commands: python(file("pytorch.py"), "1") },
];

/** Starts every peer that is installed; `leaveOut` hears which are not, and why. Without ourselves there is no table. */
export async function startPeers(leaveOut) {
  const peers = [];
  for (const { title, commands } of candidates) {
    const peer = await firstThatStarts(commands);
    if (typeof peer !== "string") peers.push(peer);
    else if (peers.length > 0) leaveOut(`${title} is left out: ${peer}`);
    else throw new Error(`${title} does not start (is it built? npm run build): ${peer}`);
  }
  return peers;
}

async function firstThatStarts(commands) {
  let problem = "";
  for (const [command, ...args] of commands) {
    const peer = new Peer(command, args);
    try {
      return await peer.ready();
    } catch (error) {
      problem = error.message;
    }
  }
  return problem;
}

/** A process that measures workloads when it is asked to; see peers/serve.mjs. */
class Peer {
  #process;
  #lines;
  #errors = "";
  #end;

  constructor(command, args) {
    this.#process = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stderr.on("data", (text) => {
      this.#errors += text;
    });
    this.#process.stdin.on("error", () => {});
    this.#end = new Promise((resolve) => {
      this.#process.on("error", (error) => resolve(error.message));
      this.#process.on("close", (code) =>
        resolve(this.#errors.trim().split("\n").at(-1) || `exit code ${code}`),
      );
    });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async ready() {
    this.name = (await this.#nextMessage()).name;
    return this;
  }

  /** Seconds for one unit of the workload; null when this peer does not have it. */
  async measure(workload) {
    this.#process.stdin.write(`${workload}\n`);
    return (await this.#nextMessage()).seconds ?? null;
  }

  stop() {
    this.#process.stdin.end();
  }

  async #nextMessage() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(await this.#end);
    return JSON.parse(value);
  }
}

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { python } from "../../requirements.js";

const app = fileURLToPath(new URL("../../../kernel/lab/app", import.meta.url));

/** Puts JupyterLab's front end together; takes a few seconds. */
export function buildLab(): void {
  execFileSync(process.execPath, ["build.mjs"], { cwd: app, stdio: "inherit" });
}

/** A JupyterLab that knows nothing of this machine but the kernels and extensions below one folder. */
export class LabServer {
  readonly url: string;
  readonly #process: ChildProcess;
  #log = "";

  private constructor(port: number, { notebooks, state, data }: Folders) {
    this.url = `http://127.0.0.1:${port}/lab`;
    const options = {
      ip: "127.0.0.1",
      port,
      port_retries: 0,
      open_browser: "False",
      allow_root: "True",
      token: "",
      password: "",
      disable_check_xsrf: "True",
    };
    const args = Object.entries(options).map(([name, value]) => `--ServerApp.${name}=${value}`);
    this.#process = spawn(
      python,
      [fileURLToPath(new URL("serve_lab.py", import.meta.url)), "--no-browser", ...args],
      {
        cwd: notebooks,
        env: {
          PATH: process.env.PATH,
          HOME: state,
          LAB_APP: join(app, "dist"),
          LAB_STATE: state,
          JUPYTER_DATA_DIR: data,
          JUPYTER_CONFIG_DIR: join(state, "config"),
          JUPYTER_RUNTIME_DIR: join(state, "runtime"),
          OPTIMLAB_HISTORY: "",
        },
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    this.#process.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#log += text;
    });
  }

  static async start(folders: Folders): Promise<LabServer> {
    const server = new LabServer(await freePort(), folders);
    for (;;) {
      if (server.#process.exitCode !== null)
        throw new Error(`JupyterLab's server has ended:\n${server.#log}`);
      const answers = await fetch(server.url).then(
        ({ ok }) => ok,
        () => false,
      );
      if (answers) return server;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Ends it and its kernels. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    this.#process.kill("SIGTERM");
    await once(this.#process, "exit");
  }
}

interface Folders {
  /** What the file browser shows. */
  readonly notebooks: string;
  /** Settings and whatever else Jupyter keeps. */
  readonly state: string;
  /** Kernels and extensions. */
  readonly data: string;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

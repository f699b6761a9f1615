import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dataPath } from "../jupyter-paths.js";
import { type Kernelspec, kernelName, kernelspec } from "../kernelspec.js";
import { defaultLimits, type KernelLimits, RunningKernel } from "./running-kernel.js";

/** The kernels of this machine: those that can be started, and those that run. */
export class KernelHost {
  readonly #running = new Map<string, RunningKernel>();
  readonly #limits: KernelLimits;
  readonly #environment: Readonly<Record<string, string>>;

  /** @param environment Variables that all kernels get in addition. */
  constructor(limits: KernelLimits = defaultLimits, environment: Readonly<Record<string, string>> = {}) {
    this.#limits = limits;
    this.#environment = environment;
  }

  /** The kernelspecs by name: our own, which needs no installation, then those that Jupyter would find. */
  kernelspecs(): Map<string, Kernelspec> {
    return new Map([...found()].map(([name, { spec }]) => [name, spec]));
  }

  /** Where the pictures of a kernelspec are; undefined for our own, and if there is none of that name. */
  kernelspecFolder(name: string): string | undefined {
    return found().get(name)?.folder;
  }

  /**
   * Starts a kernel in a working directory; resolves once it answers.
   * @throws If there is no kernel of that name, or it does not start.
   */
  async start(name: string, directory: string): Promise<RunningKernel> {
    const specs = this.kernelspecs();
    const found = specs.get(name);
    if (found === undefined) {
      throw new Error(`there is no kernel named ${name}; there are ${[...specs.keys()].join(", ")}`);
    }
    const spec = { ...found, env: { ...found.env, ...this.#environment } };
    const kernel = await RunningKernel.start(name, spec, directory, this.#limits);
    this.#running.set(kernel.id, kernel);
    return kernel;
  }

  /** Shuts down the kernels that nobody is connected to, and that have done nothing for so many milliseconds. */
  async cull(time: number): Promise<void> {
    const isLeft = ({ model }: RunningKernel) =>
      model.connections === 0 &&
      model.execution_state !== "busy" &&
      Date.now() - Date.parse(model.last_activity) > time;
    await Promise.all(
      this.running()
        .filter(isLeft)
        .map((kernel) => this.shutdown(kernel)),
    );
  }

  get(id: string): RunningKernel | undefined {
    return this.#running.get(id);
  }

  running(): RunningKernel[] {
    return [...this.#running.values()];
  }

  async shutdown(kernel: RunningKernel): Promise<void> {
    this.#running.delete(kernel.id);
    await kernel.shutdown();
  }

  async shutdownAll(): Promise<void> {
    await Promise.all(this.running().map((kernel) => this.shutdown(kernel)));
  }
}

interface FoundKernelspec {
  readonly spec: Kernelspec;
  readonly folder?: string;
}

function found(): Map<string, FoundKernelspec> {
  const found = new Map<string, FoundKernelspec>([[kernelName, { spec: kernelspec }]]);
  for (const kernels of dataPath().map((data) => join(data, "kernels"))) {
    for (const { name } of entries(kernels)) {
      const folder = join(kernels, name);
      const spec = readKernelspec(join(folder, "kernel.json"));
      // Names are case-insensitive in Jupyter. The first one found wins.
      if (spec !== undefined && !found.has(name.toLowerCase()))
        found.set(name.toLowerCase(), { spec, folder });
    }
  }
  return found;
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** The kernelspec in a file; undefined if there is none or it is malformed, as Jupyter passes over those too. */
function readKernelspec(file: string): Kernelspec | undefined {
  try {
    const spec = JSON.parse(readFileSync(file, "utf8")) as Partial<Kernelspec>;
    const { argv, display_name = "", language = "" } = spec;
    const valid = Array.isArray(argv) && argv.length > 0 && argv.every((arg) => typeof arg === "string");
    return valid ? { ...spec, argv, display_name, language } : undefined;
  } catch {
    return undefined;
  }
}

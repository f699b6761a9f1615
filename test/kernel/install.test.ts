import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { install, kernelspecDirectory, uninstall } from "../../kernel/install.js";
import { dataPath, type Surroundings, userDataDirectory } from "../../kernel/jupyter-paths.js";
import { builtCommandLine, jupyter, missing } from "../requirements.js";

let prefix: string;
beforeEach(() => {
  prefix = mkdtempSync(join(tmpdir(), "optimlab-test-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(prefix, { recursive: true, force: true });
});

describe("the user's data directory is Jupyter's", () => {
  test.each<[string, Partial<Surroundings>, string]>([
    ["Linux", {}, "/home/ada/.local/share/jupyter"],
    ["Linux with XDG_DATA_HOME", { env: { XDG_DATA_HOME: "/data" } }, "/data/jupyter"],
    ["macOS", { platform: "darwin", env: { XDG_DATA_HOME: "/data" } }, "/home/ada/Library/Jupyter"],
    ["Windows", { platform: "win32", env: { APPDATA: "/roaming" } }, "/roaming/jupyter"],
    ["JUPYTER_DATA_DIR anywhere", { platform: "darwin", env: { JUPYTER_DATA_DIR: "/own" } }, "/own"],
  ])("%s", (_, machine, expected) => {
    expect(userDataDirectory({ platform: "linux", env: {}, home: "/home/ada", ...machine })).toBe(expected);
  });

  test("and is searched after JUPYTER_PATH, before the environment's and the system's", () => {
    const env = { JUPYTER_PATH: "/first:/second", VIRTUAL_ENV: "/venv" };
    expect(dataPath({ platform: "linux", env, home: "/home/ada" })).toEqual([
      "/first",
      "/second",
      "/home/ada/.local/share/jupyter",
      "/venv/share/jupyter",
      "/usr/local/share/jupyter",
      "/usr/share/jupyter",
    ]);
  });
});

describe("a place", () => {
  test.each<[string, Parameters<typeof kernelspecDirectory>[0], Record<string, string>, string]>([
    ["user", "user", { JUPYTER_DATA_DIR: "/own" }, "/own/kernels/optimlab"],
    [
      "sys-prefix in a virtual environment",
      "sys-prefix",
      { VIRTUAL_ENV: "/venv" },
      "/venv/share/jupyter/kernels/optimlab",
    ],
    [
      "sys-prefix in conda",
      "sys-prefix",
      { VIRTUAL_ENV: "", CONDA_PREFIX: "/conda" },
      "/conda/share/jupyter/kernels/optimlab",
    ],
    ["prefix", { prefix: "/opt/x" }, {}, "/opt/x/share/jupyter/kernels/optimlab"],
  ])("%s", (_, place, env, expected) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    expect(kernelspecDirectory(place)).toBe(expected);
  });

  test("sys-prefix without any Python says what else there is", () => {
    for (const name of ["VIRTUAL_ENV", "CONDA_PREFIX"]) vi.stubEnv(name, "");
    vi.stubEnv("PATH", prefix);
    expect(() => kernelspecDirectory("sys-prefix")).toThrow("use --user or --prefix DIR");
  });
});

describe.skipIf(missing("the built command line"))("install", () => {
  const directory = () => join(prefix, "share", "jupyter", "kernels", "optimlab");
  const renderer = () => join(prefix, "share", "jupyter", "labextensions", "optimlab-plotly");

  test("writes a kernelspec of absolute paths and says where", () => {
    expect(install({ prefix })).toBe(
      `Installed the kernel TypeScript (optimlab) in ${directory()}\nInstalled the renderer of figures in ${renderer()}`,
    );
    expect(JSON.parse(readFileSync(join(directory(), "kernel.json"), "utf8"))).toEqual({
      argv: [
        process.execPath,
        "--no-force-async-hooks-checks",
        builtCommandLine,
        "kernel",
        "{connection_file}",
      ],
      display_name: "TypeScript (optimlab)",
      language: "typescript",
      interrupt_mode: "message",
      metadata: { debugger: true },
    });
    expect(readdirSync(directory()).sort()).toEqual(["kernel.json", "logo-svg.svg"]);
  });

  test("writes JupyterLab's renderer of figures, and what it says is to be loaded", () => {
    install({ prefix });
    const { jupyterlab } = JSON.parse(readFileSync(join(renderer(), "package.json"), "utf8"));
    expect(jupyterlab).toEqual({
      mimeExtension: true,
      _build: { load: expect.stringMatching(/^static\//), mimeExtension: "./mimeExtension" },
    });
    const entry = readFileSync(join(renderer(), jupyterlab._build.load), "utf8");
    const [, plotly] = /import\("\.\/(plotly\.\w+\.js)"\)/.exec(entry)!;
    expect(existsSync(join(renderer(), "static", plotly!))).toBe(true);
  });

  test("replaces an earlier one as a whole", () => {
    mkdirSync(directory(), { recursive: true });
    writeFileSync(join(directory(), "of-an-older-version"), "");
    mkdirSync(renderer(), { recursive: true });
    writeFileSync(join(renderer(), "of-an-older-version"), "");
    expect(install({ prefix })).toContain(`Replaced the kernel TypeScript (optimlab) in ${directory()}`);
    expect(readdirSync(directory()).sort()).toEqual(["kernel.json", "logo-svg.svg"]);
    expect(readdirSync(join(directory(), ".."))).toEqual(["optimlab"]);
    expect(readdirSync(renderer()).sort()).toEqual(["package.json", "static"]);
  });

  test("is undone by uninstall, which says so, also when there is nothing", () => {
    install({ prefix });
    expect(uninstall({ prefix })).toBe(
      `Removed the kernel TypeScript (optimlab) from ${directory()}\nRemoved the renderer of figures from ${renderer()}`,
    );
    expect(existsSync(directory())).toBe(false);
    expect(existsSync(renderer())).toBe(false);
    expect(uninstall({ prefix })).toBe(
      `There is no kernel TypeScript (optimlab) in ${directory()}\nThere is no renderer of figures in ${renderer()}`,
    );
  });

  test("names the folder that cannot be written", () => {
    writeFileSync(join(prefix, "share"), "a file where a folder should be");
    expect(() => install({ prefix })).toThrow(`install: ${directory()}: `);
  });

  test("says that there is no permission", () => {
    chmodSync(prefix, 0o500);
    // Root may write everywhere but where the system itself forbids it.
    const closed = process.getuid?.() === 0 ? "/sys" : prefix;
    expect(() => install({ prefix: closed })).toThrow("no permission to change");
  });
});

describe.skipIf(missing("python3-jupyter-client", "the built command line"))(
  "jupyter kernelspec list",
  () => {
    function listed(): Record<string, { resource_dir: string; spec: { display_name: string } }> {
      const env = {
        ...process.env,
        JUPYTER_DATA_DIR: join(prefix, "user"),
        JUPYTER_PATH: join(prefix, "share", "jupyter"),
      };
      const text = execFileSync(jupyter, ["kernelspec", "list", "--json"], {
        env,
        encoding: "utf8",
        stdio: "pipe",
      });
      return JSON.parse(text).kernelspecs;
    }

    test.each(["user", "prefix"] as const)(
      "finds what install wrote for --%s, and not after uninstall",
      (kind) => {
        vi.stubEnv("JUPYTER_DATA_DIR", join(prefix, "user"));
        const place = kind === "user" ? kind : { prefix };
        install(place);
        expect(listed().optimlab).toMatchObject({
          resource_dir: kernelspecDirectory(place),
          spec: { display_name: "TypeScript (optimlab)", language: "typescript", interrupt_mode: "message" },
        });
        uninstall(place);
        expect(listed().optimlab).toBeUndefined();
      },
    );
  },
);

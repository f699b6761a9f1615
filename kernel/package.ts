import { createRequire } from "node:module";
import { dirname, join } from "node:path";

interface Manifest {
  readonly version: string;
  readonly bin: { readonly optimlab: string };
}

// The package refers to itself by name, so that this holds for the sources and for dist alike.
const require = createRequire(import.meta.url);
const manifest = require("optimlab/package.json") as Manifest;

/** Absolute path of the folder that holds package.json. */
export const packageRoot: string = dirname(require.resolve("optimlab/package.json"));

/** Version of optimlab, as in package.json. */
export const version: string = manifest.version;

/** Absolute path of the built command line, which is also what a kernelspec starts. */
export const commandLine: string = join(packageRoot, manifest.bin.optimlab);

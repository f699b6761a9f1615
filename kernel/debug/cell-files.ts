import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { murmur2 } from "./murmur2.js";

/**
 * The debugger speaks of files, a notebook has cells: each text of a cell is a file whose name is its hash. A front
 * end works out the same name from the parameters in `debugInfo`. No such file is ever written.
 */
export const CELL_FILES: {
  readonly hashMethod: string;
  readonly hashSeed: number;
  readonly tmpFilePrefix: string;
  readonly tmpFileSuffix: string;
} = {
  hashMethod: "Murmur2",
  /** ipykernel's. */
  hashSeed: 0xc70f6907,
  tmpFilePrefix: join(tmpdir(), `optimlab_${process.pid}`) + sep,
  tmpFileSuffix: ".ts",
};

export function cellFile(code: string): string {
  return `${CELL_FILES.tmpFilePrefix}${murmur2(code, CELL_FILES.hashSeed)}${CELL_FILES.tmpFileSuffix}`;
}

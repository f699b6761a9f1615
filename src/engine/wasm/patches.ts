/** Between the rows of an image and those of its patches, as WebAssembly. */
import {
  type Code,
  type Floats,
  f32x4,
  f64x2,
  i32,
  ModuleBuilder,
  v128,
  when,
  whileLoop,
} from "./assembler.js";
import { instantiate } from "./compile.js";

/** A block of an image, and where its rows lie in the patches, side by side. Addresses and steps are bytes. */
type Move = (
  height: number,
  width: number,
  image: number,
  rowStep: number,
  columnStep: number,
  patches: number,
  patchRowStep: number,
) => void;

/** The kernels for one element type. */
export interface PatchKernels {
  /** Copies a block to the patches. */
  readonly gather: Move;
  /** Adds a block of the patches to the image. */
  readonly scatter: Move;
}

let float32: PatchKernels | undefined;
let float64: PatchKernels | undefined;

export function patchesFloat32(): PatchKernels {
  float32 ??= build(f32x4);
  return float32;
}

export function patchesFloat64(): PatchKernels {
  float64 ??= build(f64x2);
  return float64;
}

function build(floats: Floats): PatchKernels {
  const { bytes, lanes, loadSplat, storeLane, add } = floats;
  const module = new ModuleBuilder();
  const first = (to: Code, value: Code): Code => storeLane(to, value, 0);
  /** @param move what moves a vector, or one element, between an address of the image and one of the patches */
  const blocks = (name: string, move: (image: Code, patch: Code, isVector: boolean) => Code): void => {
    const f = module.function(name, Array(7).fill("i32"));
    const [height, width, image, rowStep, columnStep, patches, patchRowStep] = f.parameters;
    const [left, at, patch] = f.locals(3, "i32");
    f.body(
      whileLoop(
        height.get,
        left.set(width.get),
        at.set(image.get),
        patch.set(patches.get),
        when(
          i32.eq(columnStep.get, i32.const(bytes)),
          whileLoop(
            i32.geU(left.get, i32.const(lanes)),
            move(at.get, patch.get, true),
            at.increase(16),
            patch.increase(16),
            left.increase(-lanes),
          ),
        ),
        whileLoop(
          left.get,
          move(at.get, patch.get, false),
          at.increase(columnStep.get),
          patch.increase(bytes),
          left.increase(-1),
        ),
        image.increase(rowStep.get),
        patches.increase(patchRowStep.get),
        height.increase(-1),
      ),
    );
  };
  blocks("gather", (image, patch, isVector) =>
    isVector ? v128.store(patch, v128.load(image)) : first(patch, loadSplat(image)),
  );
  blocks("scatter", (image, patch, isVector) =>
    isVector
      ? v128.store(image, add(v128.load(image), v128.load(patch)))
      : first(image, add(loadSplat(image), loadSplat(patch))),
  );
  return instantiate(module) as unknown as PatchKernels;
}

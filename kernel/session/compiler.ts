import type { CellRegistry } from "./cell-registry.js";
import { Intrinsics } from "./intrinsics.js";
import { type Moment, momentNow } from "./moment.js";
import type { Completion, Conversion, Converter, Diagnostic, QuickInfo, Tslab } from "./tslab.js";

/** A module that every cell sees without an import, and the declarations that make it typed. */
export interface Prelude {
  readonly name: string;
  readonly source: string;
}

/**
 * tslab's converter as the executor is given it: knows the cell's label, keeps the type errors as data, names the
 * script for stack traces, and starts a new converter when the old one was ended in the middle of its work.
 */
export class CellCompiler implements Converter {
  /** Number of the cell that is converted next. */
  label = "";
  /** When the last conversion ended, on the clock and of the processor: what is compiled runs from then on. */
  ended: Moment = momentNow();
  /** Type errors of the last conversion. */
  diagnostics: readonly Diagnostic[] = [];

  readonly #tslab: Tslab;
  readonly #cells: CellRegistry;
  readonly #prelude: Prelude;
  readonly #compiling: (running: boolean) => void;
  readonly #intrinsics = new Intrinsics();
  #converter: Converter | undefined;
  /** Declarations of the cells so far. Those of a cell count from when it starts to run, even if it fails. */
  #declarations = "";

  constructor(tslab: Tslab, cells: CellRegistry, prelude: Prelude, compiling: (running: boolean) => void) {
    this.#tslab = tslab;
    this.#cells = cells;
    this.#prelude = prelude;
    this.#compiling = compiling;
    this.#use(() => undefined);
  }

  convert(_declarations: string, source: string): Conversion {
    this.diagnostics = [];
    return this.#use((converter) => {
      const conversion = converter.convert(this.#declarations, source);
      this.diagnostics = conversion.diagnostics;
      this.ended = momentNow();
      if (conversion.diagnostics.length > 0) return conversion;
      this.#declarations = conversion.declOutput ?? "";
      if (!conversion.output) return conversion;
      const script = this.#cells.add(
        this.label,
        source,
        conversion.output,
        this.#tslab.mapsOf(conversion.output),
      );
      return {
        ...conversion,
        output: `${conversion.output}\n//# sourceURL=${script}`,
        // tslab does not notice this one. A cell that runs as an async function without need does no harm.
        hasToplevelAwait: conversion.hasToplevelAwait || /\bfor\s+await\b/.test(source),
      };
    });
  }

  complete(_declarations: string, source: string, position: number): Completion {
    return this.#use((converter) => converter.complete(this.#declarations, source, position));
  }

  inspect(_declarations: string, source: string, position: number): QuickInfo | undefined {
    return this.#use((converter) => converter.inspect(this.#declarations, source, position));
  }

  addModule(name: string, source: string, meta?: object): readonly Diagnostic[] {
    this.diagnostics = this.#use((converter) => converter.addModule(name, source, meta));
    return this.diagnostics;
  }

  /** Forgets the declarations of all cells. */
  reset(): void {
    this.#declarations = "";
  }

  close(): void {
    this.#converter?.close();
  }

  #use<Result>(work: (converter: Converter) => Result): Result {
    // Both locals outlive a termination, which runs neither catch nor finally: an unfinished converter is
    // recognised by still being away from its field.
    const converter = this.#converter ?? this.#start();
    this.#converter = undefined;
    this.#compiling(true);
    const result = this.#intrinsics.restored(() => work(converter));
    this.#compiling(false);
    this.#converter = converter;
    return result;
  }

  #start(): Converter {
    const converter = this.#tslab.createConverter();
    converter.addModule(this.#prelude.name, this.#prelude.source);
    return converter;
  }
}

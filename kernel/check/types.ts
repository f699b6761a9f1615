/** How far two outputs of a cell may be apart and still count as the same. */
export interface CompareOptions {
  /** How far a number may move, as a share of the saved number. */
  readonly rtol: number;
  /** How far a number may move whatever its size. Of whole numbers, which count things, it is the only tolerance. */
  readonly atol: number;
  /** The share of an image's pixels that may look different. */
  readonly pixels: number;
  /** Regular expressions of text that says nothing about the result, such as the date of today. */
  readonly ignore: readonly string[];
  /** Mime types that are not compared; `stdout` and `stderr` stand for the streams, `error` for errors. */
  readonly ignoreTypes: readonly string[];
  /** Whether timings, absolute paths, memory addresses and random ids count too. */
  readonly exact: boolean;
}

export const defaultCompareOptions: CompareOptions = {
  rtol: 1e-6,
  atol: 1e-12,
  pixels: 1e-5,
  ignore: [],
  ignoreTypes: [],
  exact: false,
};

/** One thing in which the fresh outputs of a cell are not the saved ones. */
export interface Difference {
  /** Which of the saved outputs, from 0; of an output that is only among the fresh ones, its place there. */
  readonly output: number;
  /** The mime type; `stdout`, `stderr` or `error` of what has none. */
  readonly mime: string;
  /** One line: what is different. */
  readonly message: string;
  /** The places: `- ` before what was saved, `+ ` before what is new, two spaces before an explanation. */
  readonly lines: readonly string[];
}

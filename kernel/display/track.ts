import { inspectSafely } from "./mime-bundle.js";
import type { Progress, TrackOptions } from "./progress.js";

type Items<T> = Iterable<T> | AsyncIterable<T> | number;

/** `track`, which goes through items like the loop that it is in, and shows how far that has come. */
export function trackWith(
  progress: Progress,
): <T>(items: Items<T>, options?: TrackOptions) => Iterable<T> | AsyncIterable<T> {
  return <T>(items: Items<T>, options: TrackOptions = {}) => {
    const { label, total } = checkOptions(options);
    if (typeof items === "number") {
      if (!Number.isInteger(items) || items < 0) {
        throw new RangeError(`track: a number of steps is a whole number and not negative, got ${items}`);
      }
      return follow(steps(items) as Iterable<T>, progress, label, total ?? items);
    }
    if (isIterable<T>(items)) return follow(items, progress, label, total ?? lengthOf(items));
    if (isAsyncIterable<T>(items)) return followAsync(items, progress, label, total ?? lengthOf(items));
    throw new TypeError(
      `track: expected something that a for loop goes through, or a number, got ${inspectSafely(items)}`,
    );
  };
}

function* follow<T>(
  items: Iterable<T>,
  progress: Progress,
  label: string,
  total: number | undefined,
): Generator<T> {
  const bar = progress.begin(label, total);
  try {
    for (const item of items) {
      yield item;
      bar.advance();
    }
    bar.end("done");
  } finally {
    // After a break or an error in the loop, or an error of the items.
    bar.end("stopped");
  }
}

async function* followAsync<T>(
  items: AsyncIterable<T>,
  progress: Progress,
  label: string,
  total: number | undefined,
): AsyncGenerator<T> {
  const bar = progress.begin(label, total);
  try {
    for await (const item of items) {
      yield item;
      bar.advance();
    }
    bar.end("done");
  } finally {
    bar.end("stopped");
  }
}

function* steps(count: number): Generator<number> {
  for (let step = 0; step < count; step++) yield step;
}

function checkOptions(options: TrackOptions): { label: string; total: number | undefined } {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `track: the options are an object such as { label: "epochs" }, got ${inspectSafely(options)}`,
    );
  }
  const { label = "", total } = options;
  if (typeof label !== "string")
    throw new TypeError(`track: the label is a text, got ${inspectSafely(label)}`);
  if (total !== undefined && !(typeof total === "number" && total >= 0 && Number.isFinite(total))) {
    throw new TypeError(`track: total is the number of items, got ${inspectSafely(total)}`);
  }
  return { label, total };
}

/** The number of items, of arrays, sets, maps, data loaders and all that say it in the same way. */
function lengthOf(items: unknown): number | undefined {
  const { length, size } = items as { readonly length?: unknown; readonly size?: unknown };
  const known = typeof length === "number" ? length : size;
  return typeof known === "number" && Number.isInteger(known) && known >= 0 ? known : undefined;
}

function isIterable<T>(items: unknown): items is Iterable<T> {
  return typeof (items as Partial<Iterable<T>> | null | undefined)?.[Symbol.iterator] === "function";
}

function isAsyncIterable<T>(items: unknown): items is AsyncIterable<T> {
  return (
    typeof (items as Partial<AsyncIterable<T>> | null | undefined)?.[Symbol.asyncIterator] === "function"
  );
}

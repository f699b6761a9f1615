/** One thing to show, in several forms: mime type → text. */
export type MimeBundle = Record<string, string>;

/**
 * Say how the objects of a class are shown: `console.log` prints their `toString()`, and a notebook shows their
 * `toMimeBundle()`, for which it asks under the well-known symbol "Jupyter.display".
 */
export function displayable(type: { prototype: { toString(): string; toMimeBundle(): MimeBundle } }): void {
  const show = (name: string, value: (this: typeof type.prototype) => unknown): void => {
    Object.defineProperty(type.prototype, Symbol.for(name), { value, configurable: true, writable: true });
  };
  show("Jupyter.display", function () {
    return this.toMimeBundle();
  });
  show("nodejs.util.inspect.custom", function () {
    return this.toString();
  });
}

/** Columns on the screen: the hat of m̂ takes none. */
export function displayWidth(text: string): number {
  return [...text.replace(/\p{M}/gu, "")].length;
}

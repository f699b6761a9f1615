import { Buffer } from "node:buffer";
import { inspect, types } from "node:util";
import type { MimeBundle } from "../protocol/link.js";
import { figureBundle } from "./figures.js";
import { valueHtml } from "./values.js";

// User code can replace globals, so what is needed afterwards is taken now.
const { parse, stringify } = JSON;
const { entries } = Object;
const { isArray } = Array;
const { apply } = Reflect;
const { isPromise } = types;
const toBuffer = Buffer.from;

/** The method by which an object of any library says how it is shown; deno uses the same symbol. */
export const JUPYTER_DISPLAY: unique symbol = Symbol.for("Jupyter.display") as never;

const MIME_TYPE = /^[\w+.-]+\/[\w+.-]+$/;
/** Longer texts are cut: a front end that is sent a gigabyte dies. */
const LONGEST_TEXT = 1_000_000;

/**
 * How a value is shown. Its `Jupyter.display` method decides, if there is one that works; if that is asynchronous,
 * so is this. An object in plotly's JSON is a figure. Everything else is shown as Node prints it. Never throws or rejects.
 */
export function toMimeBundle(value: unknown): MimeBundle | Promise<MimeBundle> {
  const failed = (error: unknown): MimeBundle =>
    textBundle(`${inspectSafely(value)}\n(its Jupyter.display method failed: ${messageOf(error)})`);
  const method = displayMethod(value);
  if (!method) return builtInBundle(value);
  try {
    const bundle = method();
    return isPromise(bundle) ? bundle.then(checkBundle).catch(failed) : checkBundle(bundle);
  } catch (error) {
    return failed(error);
  }
}

/**
 * The bundle as JSON can carry it: bytes as base64.
 * @throws TypeError when it is no object from mime types to values.
 */
export function checkBundle(bundle: unknown): MimeBundle {
  if (typeof bundle !== "object" || bundle === null || isArray(bundle)) {
    throw new TypeError(`Jupyter.display: a mime bundle is an object, got ${inspectSafely(bundle)}`);
  }
  const data: Record<string, unknown> = {};
  for (const [type, value] of entries(bundle)) {
    if (!MIME_TYPE.test(type)) {
      throw new TypeError(`Jupyter.display: "${type}" is no mime type such as "text/html"`);
    }
    data[type] = value instanceof Uint8Array ? toBuffer(value).toString("base64") : toJson(type, value);
  }
  return { data, metadata: {} };
}

/** Node's text of a value; a note instead of it when its getters, proxies or own inspect function throw. */
export function inspectSafely(value: unknown): string {
  let text: string;
  try {
    text = typeof value === "string" && value.length > LONGEST_TEXT ? value : inspect(value);
  } catch (error) {
    text = `[${typeof value} that cannot be inspected: ${messageOf(error)}]`;
  }
  return shorten(text);
}

function shorten(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  return `${text.slice(0, LONGEST_TEXT)}… (${text.length - LONGEST_TEXT} more characters are not shown)`;
}

function builtInBundle(value: unknown): MimeBundle {
  try {
    const figure = figureBundle(value);
    if (figure) return checkBundle(figure);
  } catch {
    // What plotly could not be sent is shown as what it is.
  }
  const bundle = textBundle(inspectSafely(value));
  try {
    const html = valueHtml(value);
    return html === undefined ? bundle : { ...bundle, data: { ...bundle.data, "text/html": html } };
  } catch {
    return bundle;
  }
}

function textBundle(text: string): MimeBundle {
  return { data: { "text/plain": text }, metadata: {} };
}

/** The method by which a value says how it is shown, bound to it. */
export function displayMethod(value: unknown): (() => unknown) | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  try {
    const method = (value as Record<symbol, unknown>)[JUPYTER_DISPLAY];
    return typeof method === "function" ? () => apply(method, value, []) : undefined;
  } catch {
    return undefined;
  }
}

function toJson(type: string, value: unknown): unknown {
  const text = stringify(value);
  if (text === undefined) throw new TypeError(`Jupyter.display: the value of "${type}" is no JSON`);
  return parse(text);
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return "an error that cannot be shown";
  }
}

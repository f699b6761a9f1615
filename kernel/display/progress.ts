import { randomUUID } from "node:crypto";
import { escapeHtml } from "../../src/tensor/html.js";
import type { MimeBundle } from "../protocol/link.js";
import type { Publish } from "./displays.js";

/** Often enough for the eye; a loop of a million steps must not become a million messages. */
const REFRESH_MS = 100;
const BAR_WIDTH = 20;
const BLOCKS = " ▏▎▍▌▋▊▉█";

export interface TrackOptions {
  /** What is being done, in a word or two. */
  readonly label?: string;
  /** How many items there are, where the items do not know it themselves. */
  readonly total?: number;
}

type State = "running" | "done" | "stopped";

/** The progress of loops, each shown in one line that changes, and loops inside it in lines below it. */
export class Progress {
  readonly #publish: Publish;
  readonly #execution: () => number;
  readonly #clock: () => number;
  /** The bars of each execution whose loops run, outermost first. */
  readonly #running = new Map<number, Bar[]>();

  constructor(publish: Publish, execution: () => number, clock: () => number) {
    this.#publish = publish;
    this.#execution = execution;
    this.#clock = clock;
  }

  begin(label: string, total: number | undefined): Bar {
    const execution = this.#execution();
    const bars = this.#running.get(execution) ?? [];
    this.#running.set(execution, bars);
    const bar = new Bar(label, total, this.#clock, {
      publish: (id, bundle, update) =>
        this.#publish(execution, { ...bundle, transient: { display_id: id } }, update),
      ended: () => {
        bars.splice(bars.indexOf(bar), 1);
        if (bars.length === 0) this.#running.delete(execution);
      },
    });
    bar.begin(bars.at(-1));
    bars.push(bar);
    return bar;
  }
}

interface Surroundings {
  readonly publish: (id: string, bundle: MimeBundle, update: boolean) => void;
  readonly ended: () => void;
}

/** The progress of one loop. */
export class Bar {
  readonly #label: string;
  readonly #total: number | undefined;
  readonly #clock: () => number;
  readonly #surroundings: Surroundings;
  readonly #start: number;
  #count = 0;
  #state: State = "running";
  #elapsed = 0;
  /** The loop around this one, in whose display this one is a line. */
  #parent: Bar | undefined;
  /** The loop inside that started last. */
  #child: Bar | undefined;
  #id: string | undefined;
  #shownAt = 0;

  constructor(label: string, total: number | undefined, clock: () => number, surroundings: Surroundings) {
    this.#label = label;
    this.#total = total;
    this.#clock = clock;
    this.#surroundings = surroundings;
    this.#start = clock();
  }

  begin(parent: Bar | undefined): void {
    this.#parent = parent;
    if (!parent) {
      this.#show(this.#start);
      return;
    }
    // One that goes on beside this one, in parallel, gets a line of its own.
    if (parent.#child) parent.#child.#leave();
    parent.#child = this;
    this.#refresh();
  }

  advance(): void {
    this.#count++;
    this.#refresh();
  }

  /** Ends the bar, once: the loop has come to its end, or was left before. */
  end(state: "done" | "stopped"): void {
    if (this.#state !== "running") return;
    const now = this.#clock();
    this.#elapsed = now - this.#start;
    this.#state = state;
    this.#surroundings.ended();
    if (this.#child) this.#child.#leave();
    this.#child = undefined;
    // The outermost line is what stays in the notebook.
    if (this.#parent) this.#refresh();
    else this.#show(now);
  }

  /** Gives a bar that still runs a display of its own. */
  #leave(): void {
    this.#parent = undefined;
    if (this.#state === "running") this.#show(this.#clock());
  }

  #refresh(): void {
    const now = this.#clock();
    let root: Bar = this;
    while (root.#parent) root = root.#parent;
    if (now - root.#shownAt >= REFRESH_MS) root.#show(now);
  }

  #show(now: number): void {
    const update = this.#id !== undefined;
    this.#id ??= randomUUID();
    this.#shownAt = now;
    const lines: Line[] = [];
    for (let bar: Bar | undefined = this; bar; bar = bar.#child) lines.push(bar.#line(now));
    const text = lines.map(textLine).join("\n");
    const bundle = {
      data: { "text/html": lines.map(htmlLine).join("\n"), "text/plain": text },
      metadata: {},
    };
    this.#surroundings.publish(this.#id, bundle, update);
  }

  #line(now: number): Line {
    const elapsed = this.#state === "running" ? now - this.#start : this.#elapsed;
    return { label: this.#label, total: this.#total, count: this.#count, state: this.#state, elapsed };
  }
}

interface Line {
  readonly label: string;
  readonly total: number | undefined;
  readonly count: number;
  readonly state: State;
  readonly elapsed: number;
}

function textLine(line: Line): string {
  const { label, total, count, state } = line;
  const bar = total !== undefined && state === "running" ? `▕${blocks(count / total)}▏` : "";
  return [label, bar, describe(line)].filter((part) => part !== "").join(" ");
}

function htmlLine(line: Line): string {
  const { label, total, count, state } = line;
  const value = total === undefined ? "" : ` value="${Math.min(count, total)}" max="${total}"`;
  const bar = state === "running" ? `<progress${value}></progress> ` : "";
  const name = label === "" ? "" : `<strong>${escapeHtml(label)}</strong> `;
  return `<div><label>${name}${bar}${escapeHtml(describe(line))}</label></div>`;
}

/** In words: how far, how fast, and how long it has taken or will take. */
function describe({ total, count, state, elapsed }: Line): string {
  const far = total === undefined ? grouped(count) : `${grouped(count)} of ${grouped(total)}`;
  const rate = elapsed > 0 && count > 0 ? `${rateText((1000 * count) / elapsed)}, ` : "";
  if (state === "stopped") return `stopped at ${far} after ${clockTime(elapsed)}`;
  if (state === "done")
    return `${far} in ${clockTime(elapsed)}${rate === "" ? "" : ` (${rate.slice(0, -2)})`}`;
  const percent = total ? ` (${Math.min(100, Math.floor((100 * count) / total))}%)` : "";
  const left =
    total === undefined || count === 0 ? undefined : (elapsed / count) * Math.max(0, total - count);
  const time = left === undefined ? `${clockTime(elapsed)} so far` : `${clockTime(left)} left`;
  return `${far}${percent}, ${rate}${time}`;
}

function blocks(fraction: number): string {
  const eighths = Math.floor(Math.min(1, Math.max(0, fraction || 0)) * BAR_WIDTH * 8);
  const full = "█".repeat(Math.floor(eighths / 8));
  return (full + (eighths % 8 > 0 ? BLOCKS[eighths % 8] : "")).padEnd(BAR_WIDTH);
}

function rateText(perSecond: number): string {
  if (perSecond >= 1) return `${grouped(Number(perSecond.toPrecision(3)))}/s`;
  return `${Number((1 / perSecond).toPrecision(3))} s each`;
}

/** Hours, minutes and seconds as a clock shows them; short times with what a clock does not show. */
function clockTime(milliseconds: number): string {
  if (milliseconds < 995) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 9_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function grouped(value: number): string {
  return value.toLocaleString("en");
}

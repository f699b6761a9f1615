export type StreamName = "stdout" | "stderr";

interface Segment {
  readonly execution: number;
  readonly name: StreamName;
  chunks: string[];
}

/** Long enough to merge a burst of prints into one message, short enough to look immediate. */
const DELAY_MS = 20;
/** A message of this many characters is sent without waiting for more. */
const LARGEST_SEGMENT = 1 << 19;

/**
 * Turns many small writes into few `stream` messages: what one execution writes to one stream is appended until
 * the other stream, another execution, the delay or {@link flush} ends the segment. Order is kept.
 */
export class StreamMerger {
  readonly #publish: (execution: number, name: StreamName, text: string) => void;
  #segments: Segment[] = [];
  #length = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(publish: (execution: number, name: StreamName, text: string) => void) {
    this.#publish = publish;
  }

  write(execution: number, name: StreamName, text: string): void {
    if (text === "") return;
    const last = this.#segments.at(-1);
    if (last?.execution === execution && last.name === name) last.chunks.push(text);
    else this.#segments.push({ execution, name, chunks: [text] });
    this.#length += text.length;
    if (this.#length >= LARGEST_SEGMENT) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), DELAY_MS);
  }

  /** Publishes all that is waiting: to be called before any other message that must come after it. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const segments = this.#segments;
    this.#segments = [];
    this.#length = 0;
    for (const { execution, name, chunks } of segments) this.#publish(execution, name, chunks.join(""));
  }
}

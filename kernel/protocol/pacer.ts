interface Entry {
  readonly cost: number;
  readonly release: () => void;
}

/**
 * Jupyter Server drops output beyond 3 MB of streams or 3,000 messages within three seconds of one cell (its
 * defaults iopub_data_rate_limit, iopub_msg_rate_limit and rate_limit_window). The first million bytes of a cell are
 * let through as fast as they come, and afterwards so many that three seconds stay below that.
 */
const BURST = 1_000_000;
const BYTES_PER_MS = 500;
/** A message that is no stream counts as this many bytes, which makes one of the two limits of the other. */
export const MESSAGE_COST = 1_000;
const TICK_MS = 20;

/** Says when what has been sent is paid for: a cell that prints faster has to wait, and nothing is lost. */
export class Pacer {
  readonly #now: () => number;
  #balance = BURST;
  #updated: number;
  #unpaid: Entry[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#updated = now();
  }

  /** Calls `release` once the cost has been paid; costs are paid in the order in which they come. */
  spend(cost: number, release: () => void): void {
    this.#unpaid.push({ cost, release });
    this.#pay();
  }

  /** The cell has ended, and Jupyter Server counts anew. */
  reset(): void {
    this.#balance = Number.POSITIVE_INFINITY;
    this.#pay();
    this.#balance = BURST;
  }

  #pay(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const now = this.#now();
    this.#balance = Math.max(
      this.#balance,
      Math.min(BURST, this.#balance + (now - this.#updated) * BYTES_PER_MS),
    );
    this.#updated = now;
    let paid = 0;
    for (const { cost, release } of this.#unpaid) {
      // More than the burst is never saved up; what costs more is paid with all of it.
      if (this.#balance < Math.min(cost, BURST)) break;
      this.#balance -= Math.min(cost, BURST);
      paid++;
      release();
    }
    this.#unpaid = this.#unpaid.slice(paid);
    if (this.#unpaid.length > 0) this.#timer = setTimeout(() => this.#pay(), TICK_MS);
  }
}

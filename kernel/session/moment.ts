// A cell may replace these.
const { now } = performance;
const { cpuUsage } = process;

/** A point in time, in milliseconds on the clock and of the processor. */
export interface Moment {
  readonly clock: number;
  readonly user: number;
  readonly system: number;
}

export function momentNow(): Moment {
  const { user, system } = cpuUsage();
  return { clock: Reflect.apply(now, performance, []), user: user / 1e3, system: system / 1e3 };
}

export interface Elapsed {
  /** Milliseconds on the clock. */
  readonly wall: number;
  /** Milliseconds of the processor. */
  readonly cpu: { readonly user: number; readonly system: number };
}

/** The time from one moment to now. */
export function since({ clock, user, system }: Moment): Elapsed {
  const end = momentNow();
  return { wall: end.clock - clock, cpu: { user: end.user - user, system: end.system - system } };
}

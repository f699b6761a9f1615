import { Tensor } from "../../tensor/tensor.js";
import { SGD } from "../sgd.js";
import type { ScheduledOptimizer } from "./groups.js";
import type { LRScheduler, Schedule } from "./lr-scheduler.js";

export interface ScheduleOptions {
  /** The learning rate from which the schedule starts; default 1, so that the values are factors. */
  lr?: number;
  /** The momentum from which it starts; default 0.9. */
  momentum?: number;
}

/**
 * The values of a schedule, to be looked at before there is a model.
 *
 *     const { steps, lr } = schedule((optimizer) => new OneCycleLR(optimizer, 0.1, 100), 100);
 *
 * What a scheduler of an optimizer that exists is going to do is told by its own `preview(steps)`.
 *
 * @param make makes the scheduler, for an optimizer of one group that stands in for yours
 * @param steps how many values; for ReduceLROnPlateau the list of metrics
 */
export function schedule<Steps extends number | readonly number[]>(
  make: (optimizer: ScheduledOptimizer) => LRScheduler,
  steps: Steps,
  { lr = 1, momentum = 0.9 }: ScheduleOptions = {},
): Schedule {
  const optimizer = new SGD([Tensor.zeros([1], "float64")], { lr, momentum });
  return make(optimizer).preview(steps as number);
}

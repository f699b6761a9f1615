/**
 * What is measured. Every peer answers to these ids with the seconds that one unit of work took; `scale` turns
 * them into the unit of the table.
 */
export const workloads = [
  { id: "simplenet", title: "SimpleNet 10→20→1, Adam: one training iteration", unit: "µs", scale: 1e6 },
  { id: "adam-1e6", title: "Adam: one step over 1,000,000 parameters", unit: "ms", scale: 1e3 },
  { id: "rosenbrock", title: "Rosenbrock, Adam: 10,000 steps", unit: "ms", scale: 1e3 },
];

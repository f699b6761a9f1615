/**
 * `npm run bench`: every workload by every peer that is installed, in turns, so that all of them meet the same
 * machine. It measures and never judges: a busy machine makes every figure worse, so compare within one run.
 *
 *   npm run bench -- [--json] [--rounds 5] [--only simplenet]
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { startPeers } from "./peer.mjs";
import { significant, table } from "./table.mjs";
import { workloads } from "./workloads.mjs";

const options = readOptions();
const rounds = Number(options.rounds);
const chosen = workloads.filter(({ id }) => options.only?.includes(id) ?? true);

const say = (text) => process.stderr.write(`${text}\n`);
// Each workload has processes of its own, as a user's program would: what one leaves behind (garbage, compiled code
// for other shapes) must not slow another.
const results = [];
for (const workload of chosen) {
  const leaveOut = results.length === 0 ? say : () => {};
  const peers = await startPeers(leaveOut).catch((error) => fail(error.message));
  results.push({ workload, peers, samples: peers.map(() => []) });
}
const { peers } = results[0];

// The first round warms everybody up and is thrown away.
for (let round = 0; round <= rounds; round++) {
  say(round === 0 ? "warming up" : `round ${round} of ${rounds}`);
  for (const { workload, peers: own, samples } of results) {
    for (const [i, peer] of own.entries()) {
      const seconds = await peer.measure(workload.id);
      if (seconds !== null && round > 0) samples[i].push(seconds * workload.scale);
    }
  }
}
for (const { peers: own } of results) for (const peer of own) peer.stop();

const machine = `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0].model.trim()}`;
if (options.json) printJson();
else printTable();

function readOptions() {
  const known = workloads.map(({ id }) => id);
  try {
    const { values } = parseArgs({
      options: {
        json: { type: "boolean", default: false },
        rounds: { type: "string", default: "5" },
        only: { type: "string", multiple: true },
      },
    });
    if (!/^[1-9]\d*$/.test(values.rounds))
      throw new RangeError(`--rounds ${values.rounds}: expected 1, 2, 3, …`);
    const unknown = values.only?.find((id) => !known.includes(id));
    if (unknown !== undefined)
      throw new RangeError(`--only ${unknown}: the workloads are ${known.join(", ")}`);
    return values;
  } catch (error) {
    return fail(error.message);
  }
}

function fail(problem) {
  console.error(`bench: ${problem}`);
  process.exit(2);
}

function printJson() {
  const measurements = results.flatMap(({ workload: { id, title, unit }, samples }) =>
    samples.map((values, i) => ({
      workload: id,
      title,
      unit,
      peer: peers[i].name,
      ...summary(values),
      samples: values,
    })),
  );
  console.log(JSON.stringify({ date: new Date().toISOString(), machine, rounds, measurements }, null, 2));
}

function printTable() {
  const others = peers.slice(1);
  const head = ["", ...peers.map(({ name }) => name), ...others.map(({ name }) => `× ${name.split(" ")[0]}`)];
  const rows = results.map(({ workload, samples }) => {
    const summaries = samples.map(summary);
    const cells = summaries.map(({ best, median }) =>
      best === null ? "–" : `${significant(best)} (${significant(median)})`,
    );
    const ratios = summaries
      .slice(1)
      .map(({ best }) =>
        best === null || summaries[0].best === null ? "–" : significant(best / summaries[0].best),
      );
    return [`${workload.title}, ${workload.unit}`, ...cells, ...ratios];
  });
  console.log(`\n${table([head, ...rows])}\n`);
  console.log(
    `best (median) of ${rounds} interleaved rounds; × how many times faster we are, by best. ${machine}`,
  );
}

function summary(values) {
  if (values.length === 0) return { best: null, median: null };
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { best: sorted[0], median };
}

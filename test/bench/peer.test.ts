import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { Peer } from "./peer.js";

const serve = fileURLToPath(new URL("peers/serve.mjs", import.meta.url));
const workloads = `{
  sleep: () => () => new Promise((resolve) => setTimeout(resolve, 20)),
  count: (word, size) => () => { if (word.length !== Number(size)) throw new Error("counted wrong\\nby far"); },
  die: () => () => process.exit(3),
  fail: () => { throw new TypeError("cannot be set up"); },
}`;
const open: Peer[] = [];

function start(program: string): Peer {
  const command = [process.execPath, "--input-type=module", "-e", program] as const;
  const peer = new Peer({ id: "jax", title: "a peer", commands: [command], howToGet: "" }, command);
  open.push(peer);
  return peer;
}
const serving = () =>
  start(`import { serve } from ${JSON.stringify(serve)}; serve("peer 1.0", ${workloads});`);

afterEach(async () => {
  await Promise.all(open.splice(0).map((peer) => peer.stop()));
});

test("a peer says its name and measures; a unit that takes 20 ms takes no less", async () => {
  const peer = serving();
  await peer.ready();
  expect(peer.name).toBe("peer 1.0");
  const answer = await peer.measure("sleep", 0.01);
  expect("seconds" in answer && answer.seconds).toBeGreaterThan(0.018);
});

test("what follows a colon is the workload's arguments", async () => {
  const peer = serving();
  await peer.ready();
  expect(await peer.measure("count:word:4", 0.001)).toEqual({ seconds: expect.any(Number) });
  expect(await peer.measure("count:word:5", 0.001)).toEqual({ problem: "counted wrong" });
});

test("a workload that is unknown, cannot be set up or ends the process has no figure, and the next goes on", async () => {
  const peer = serving();
  await peer.ready();
  expect(await peer.measure("unheard", 0.001)).toEqual({ absent: true });
  expect(await peer.measure("fail", 0.001)).toEqual({ problem: "cannot be set up" });
  expect(await peer.measure("count:word:4", 0.001)).toEqual({ seconds: expect.any(Number) });
  expect(await peer.measure("die", 0.001)).toEqual({ problem: "exit code 3" });
});

test("a program that does not start says why in a line", async () => {
  const peer = start(`throw new RangeError("needs more of it");`);
  await expect(peer.ready()).rejects.toThrow("RangeError: needs more of it");
});

test("a command that does not exist is an error, too", async () => {
  const command = ["no-such-command-here"] as const;
  const peer = new Peer({ id: "jax", title: "a peer", commands: [command], howToGet: "" }, command);
  open.push(peer);
  await expect(peer.ready()).rejects.toThrow("no-such-command-here");
});

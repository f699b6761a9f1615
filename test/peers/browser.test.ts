import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { built, missing } from "../requirements.js";

const golden = fileURLToPath(new URL("../golden/simplenet.json", import.meta.url));
const { cases } = JSON.parse(readFileSync(golden, "utf8")) as {
  cases: { seed: number; printed_every_10: string[] }[];
};
const expected = cases.find(({ seed }) => seed === 0)!.printed_every_10;

/** Trains SimpleNet, then does a product on three threads, and sends what came of it, or the error. */
const page = `<!doctype html><meta charset="utf-8"><script type="module">
  const send = (result) => fetch("/result", { method: "POST", body: JSON.stringify(result) });
  const errors = [];
  addEventListener("error", ({ message }) => errors.push(message));
  console.warn = (...words) => errors.push(words.join(" "));
  let workers = 0;
  const { Worker } = window;
  window.Worker = class extends Worker { constructor(...args) { super(...args); workers++; } };
  try {
    const torch = await import("/optimlab.js");
    const { nn, optim } = torch;
    class SimpleNet extends nn.Module {
      fc1 = new nn.Linear(10, 20);
      fc2 = new nn.Linear(20, 1);
      forward(x) { return this.fc2.forward(torch.relu(this.fc1.forward(x))); }
    }
    torch.manualSeed(0);
    const model = new SimpleNet();
    const input = torch.randn([5, 10]);
    const target = torch.randn([5, 1]);
    const criterion = new nn.MSELoss();
    const optimizer = new optim.Adam(model.parameters(), { lr: 0.001 });
    const lines = [];
    for (let epoch = 1; epoch <= 100; epoch++) {
      optimizer.zeroGrad();
      const loss = criterion.forward(model.forward(input), target);
      loss.backward();
      optimizer.step();
      if (epoch % 10 === 0) lines.push(\`Epoch [\${epoch}/100], Loss: \${loss.item().toFixed(4)}\`);
    }
    const x = torch.randn([300, 300]);
    torch.setNumThreads(1);
    const one = x.matmul(x);
    torch.setNumThreads(3);
    let same = true;
    // Threads start while the first products are done without them.
    for (let k = 0; k < 50; k++) {
      same &&= x.matmul(x).equal(one);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await send({ lines, same, workers, errors, isolated: crossOriginIsolated });
  } catch (error) {
    await send({ errors: [...errors, String(error?.stack ?? error)] });
  }
</script>`;

const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

let browser: ChildProcess | undefined;
let server: Server | undefined;
let profile: string | undefined;

afterEach(async () => {
  if (browser && browser.exitCode === null) {
    browser.kill();
    await once(browser, "exit");
  }
  server?.close();
  if (profile) await rm(profile, { recursive: true, force: true, maxRetries: 5 });
});

/** What the page sends back from a headless Chromium. */
async function visit(headers: Readonly<Record<string, string>>): Promise<unknown> {
  const library = readFileSync(built("src/index.js"));
  const result = new Promise((resolve) => {
    server = createServer(async (request, response) => {
      if (request.url === "/result") {
        let text = "";
        for await (const part of request) text += String(part);
        resolve(JSON.parse(text));
        response.end();
        return;
      }
      const isScript = request.url === "/optimlab.js";
      const type = isScript ? "text/javascript" : "text/html";
      response.writeHead(200, { ...headers, "Content-Type": `${type}; charset=utf-8` });
      response.end(isScript ? library : page);
    }).listen(0, "127.0.0.1");
  });
  await once(server!, "listening");
  const { port } = server!.address() as AddressInfo;
  profile = await mkdtemp(join(tmpdir(), "optimlab-chromium-"));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`];
  browser = spawn("chromium", [...flags, `http://127.0.0.1:${port}/`], { stdio: "ignore" });
  const ended = once(browser, "exit").then(([code]) => {
    throw new Error(`chromium ended before the page had an answer: exit code ${code}`);
  });
  return Promise.race([result, ended]);
}

describe.skipIf(missing("chromium", "the built command line"))("in a browser's page", () => {
  test.each([
    ["that may share memory, with threads", isolation, true],
    ["that may not", {}, false],
  ])("%s, SimpleNet prints PyTorch's lines", async (_, headers, isolated) => {
    expect(await visit(headers)).toEqual({
      lines: expected,
      same: true,
      workers: isolated ? 2 : 0,
      errors: [],
      isolated,
    });
  });
});

/**
 * `npm run bundle-size`: what a browser has to load, minified and compressed, and where it comes from. It only prints.
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

const page = `
  import * as torch from "./src/index.ts";
  class SimpleNet extends torch.nn.Module {
    fc1 = new torch.nn.Linear(10, 20);
    fc2 = new torch.nn.Linear(20, 1);
    forward(x) { return this.fc2.forward(torch.relu(this.fc1.forward(x))); }
  }
  const model = new SimpleNet();
  const optimizer = new torch.optim.Adam(model.parameters());
  new torch.nn.MSELoss().forward(model.forward(torch.randn([5, 10])), torch.randn([5, 1])).backward();
  optimizer.step();`;

/** @returns the bytes of the bundle, compressed, and those before compression of each folder */
async function measure(contents, external = []) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root, loader: "js" },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    write: false,
    metafile: true,
    external,
  });
  const folders = new Map();
  for (const [path, { bytesInOutput }] of Object.entries(Object.values(metafile.outputs)[0].inputs)) {
    const folder = relative("src", path).split("/").slice(0, -1).join("/") || "index";
    folders.set(folder, (folders.get(folder) ?? 0) + bytesInOutput);
  }
  return { compressed: gzipSync(outputFiles[0].contents, { level: 9 }).length, folders };
}

const kilobytes = (bytes) => `${(bytes / 1e3).toFixed(1).padStart(6)} kB`;
const all = `export * from "./src/index.ts"`;
const tensors = await measure(all, ["./data/index.js", "./plot/index.js"]);
const rows = [
  ["everything", (await measure(all)).compressed],
  ["tensors, nn and optim", tensors.compressed],
  ["a page that trains SimpleNet with Adam", (await measure(page)).compressed],
];
console.log("minified and gzipped:");
for (const [title, bytes] of rows) console.log(`${kilobytes(bytes)}  ${title}`);
console.log("tensors, nn and optim by folder, minified only:");
for (const [folder, bytes] of [...tensors.folders].sort(([, a], [, b]) => b - a).slice(0, 10))
  console.log(`${kilobytes(bytes)}  ${folder}`);

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { install } from "../../../kernel/install.js";
import { jupyter, missing } from "../../requirements.js";
import { buildLab, LabServer } from "./lab-server.js";

interface Kind {
  /** The last line of a cell. */
  readonly figure: string;
  /** What must be seen of it: selectors in plotly's drawing, and how often each is there. */
  readonly parts: Readonly<Record<string, number>>;
}

const alt = (name: string): string => `The figure "${name}".`;
const more = (name: string): string => `title: "${name}", alt: ${JSON.stringify(alt(name))}`;
const path = "Array.from({ length: 30 }, (_, k) => [-1.2 + 0.07 * k, 1 + 0.3 * Math.sin(k / 9)])";
const axes = { "g.xaxislayer-above .xtick text": 2, "g.yaxislayer-above .ytick text": 2 };

/** One figure of each kind that the course draws. */
const kinds: Readonly<Record<string, Kind>> = {
  lines: {
    figure: `plot.lines({ SGD: [3, 2, 1], Adam: [3, 1, 0.5] }, { ${more("lines")} })`,
    parts: { ...axes, ".trace.scatter": 2 },
  },
  "losses over seeds": {
    figure: `plot.losses({ Adam: [[3, 1, 0.5], [4, 2, 0.7], [3, 2, 1]] }, { ${more("losses over seeds")} })`,
    parts: { ...axes, ".trace.scatter": 2 },
  },
  contour: {
    figure: `plot.contour(plot.functions.rosenbrock, { trajectories: { Adam: ${path} }, ${more("contour")} })`,
    parts: { ...axes, ".contourlevel": 5, ".trace.scatter": 1 },
  },
  surface: {
    figure: `plot.surface(plot.functions.beale, { ${more("surface")} })`,
    parts: { ".gl-container canvas": 1 },
  },
  histogram: {
    figure: `plot.histogram({ weights: [1, 2, 2, 3, 3, 3] }, { ${more("histogram")} })`,
    parts: { ...axes, ".bars .point": 3 },
  },
  image: {
    figure: `plot.image([[0, 1, 0], [1, 0, 1]], { ${more("image")} })`,
    parts: { ".heatmaplayer image": 1 },
  },
  slider: {
    figure: `plot.slider([0.1, 0.2], (lr) => plot.lines({ loss: [3, 3 - lr, 3 - 2 * lr] }, { alt: "" }), { ${more("slider")} })`,
    parts: { ...axes, ".trace.scatter": 1, ".slider-group": 1 },
  },
  grid: {
    figure: `plot.grid([plot.losses({ a: [3, 2] }, { alt: "" }), plot.losses({ b: [2, 1] }, { alt: "" })], { ${more("grid")} })`,
    parts: { ".cartesianlayer > .subplot": 2, ".trace.scatter": 2 },
  },
  "of another library": {
    figure: `({ data: [{ type: "bar", x: ["a", "b"], y: [1, 2] }], layout: { meta: { alt: ${JSON.stringify(alt("of another library"))} } } })`,
    parts: { ...axes, ".bars .point": 2 },
  },
};
const names = Object.keys(kinds);

const kernelspec = { name: "optimlab", display_name: "TypeScript (optimlab)", language: "typescript" };
function notebookOf(sources: readonly string[]): string {
  const cells = sources.map((source, k) => ({
    cell_type: "code",
    id: `cell-${k}`,
    source,
    metadata: {},
    outputs: [],
    execution_count: null,
  }));
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells });
}

/** Where pictures of the pages are left to be looked at, if anywhere. */
const screenshots = process.env.OPTIMLAB_SCREENSHOTS;

describe.skipIf(
  missing(
    "chromium",
    "jupyter-nbconvert",
    "python3-jupyterlab-server",
    "JupyterLab's front end",
    "the built command line",
  ),
)("a notebook of figures", () => {
  let folder: string;
  let notebooks: string;
  let browser: Browser;
  let server: LabServer | undefined;
  let page: Page;
  /** What the page has asked of other hosts. */
  let abroad: string[];
  let errors: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "optimlab-lab-"));
    notebooks = join(folder, "notebooks");
    mkdirSync(notebooks);
    install({ prefix: join(folder, "with") });
    install({ prefix: join(folder, "without") });
    rmSync(join(folder, "without", "share", "jupyter", "labextensions"), { recursive: true });
    writeFileSync(
      join(notebooks, "figures.ipynb"),
      notebookOf(Object.values(kinds).map(({ figure }) => figure)),
    );
    writeFileSync(join(notebooks, "fresh.ipynb"), notebookOf([kinds.lines!.figure]));
    convert("--to", "notebook", "--execute", "--inplace", "figures.ipynb");
    buildLab();
    browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await screenshot(`${task.name}, failed`);
    await page?.close();
    await server?.stop();
    server = undefined;
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function convert(...args: string[]): void {
    execFileSync(jupyter, ["nbconvert", ...args], {
      cwd: notebooks,
      env: { ...process.env, JUPYTER_PATH: join(folder, "with", "share", "jupyter") },
      stdio: "pipe",
    });
  }

  async function openPage(height: number): Promise<void> {
    page = await browser.newPage({ viewport: { width: 1_200, height } });
    [abroad, errors] = [[], []];
    page.on("request", (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (protocol.startsWith("http") && hostname !== "127.0.0.1") abroad.push(request.url());
    });
    page.on("pageerror", (error) => errors.push(String(error.stack)));
    page.on("console", (message) => {
      // What Debian's server is too old to answer is told by the browser, with the address.
      if (message.type() === "error" && !/Failed to load resource/.test(message.text()))
        errors.push(message.text());
    });
  }

  /** Opens a notebook in JupyterLab with the extension or without it. */
  async function openLab(
    kind: "with" | "without",
    notebook: string,
    theme = "JupyterLab Light",
  ): Promise<void> {
    const state = mkdtempSync(join(folder, "state-"));
    const settings = join(state, "user-settings", "@jupyterlab", "apputils-extension");
    mkdirSync(settings, { recursive: true });
    writeFileSync(join(settings, "themes.jupyterlab-settings"), JSON.stringify({ theme }));
    server = await LabServer.start({ notebooks, state, data: join(folder, kind, "share", "jupyter") });
    await openPage(names.length * 600);
    await page.goto(`${server.url}/tree/${notebook}`);
    await page.waitForSelector(".jp-Notebook .jp-CodeCell", { timeout: 60_000 });
  }

  async function screenshot(name: string): Promise<void> {
    if (screenshots) await page.screenshot({ path: join(screenshots, `${name}.png`) });
  }

  test.each(["JupyterLab Light", "JupyterLab Dark"])("is drawn in %s", async (theme) => {
    await openLab("with", "figures.ipynb", theme);
    for (const [name, { parts }] of Object.entries(kinds)) {
      const figure = page.getByRole("img", { name: alt(name), exact: true });
      for (const [part, count] of Object.entries(parts)) {
        await expect
          .poll(() => figure.locator(part).count(), { message: `${name}: ${part}`, timeout: 30_000 })
          .toBeGreaterThanOrEqual(count);
      }
      // As wide as the page lets it be.
      const [inner, outer] = [
        await figure.locator(".main-svg").first().boundingBox(),
        await figure.boundingBox(),
      ];
      expect(Math.abs(inner!.width - outer!.width), name).toBeLessThan(2);
    }
    // The picture is for those who cannot draw the figure.
    expect(await page.locator(".jp-OutputArea-output > img").count()).toBe(0);
    expect(await page.locator('[data-title*="Cloud"], [data-title*="Chart Studio"]').count()).toBe(0);
    const axisColor = await page
      .getByRole("img", { name: alt("of another library"), exact: true })
      .locator(".xtick text")
      .first()
      .evaluate((text) => (text as unknown as { style: { fill: string } }).style.fill);
    const brightness = Number(/\d+/.exec(axisColor)![0]);
    expect(brightness > 128, axisColor).toBe(theme.endsWith("Dark"));
    await screenshot(theme);
    expect({ abroad, errors }).toEqual({ abroad: [], errors: [] });
  });

  test("is shown in JupyterLab without the extension, as pictures", async () => {
    await openLab("without", "figures.ipynb");
    const pictures = page.locator(".jp-OutputArea-output img");
    await expect.poll(() => pictures.count(), { timeout: 30_000 }).toBe(names.length);
    for (const picture of await pictures.all()) {
      const [natural, shown] = await picture.evaluate((element) => {
        const { naturalWidth, width } = element as unknown as { naturalWidth: number; width: number };
        return [naturalWidth, width];
      });
      expect(natural).toBeGreaterThanOrEqual(shown!);
      expect(shown).toBeGreaterThan(600);
    }
    await screenshot("without the extension");
    expect({ abroad, errors }).toEqual({ abroad: [], errors: [] });
  });

  test("is a page of pictures after nbconvert", async () => {
    convert("--to", "html", "figures.ipynb");
    await openPage(names.length * 600);
    // The page's own frame fetches MathJax and RequireJS from elsewhere; the figures have to do without.
    await page.route(/^https?:/, (route) => route.abort());
    await page.goto(pathToFileURL(join(notebooks, "figures.html")).href);
    const sizes = await page
      .locator(".jp-RenderedImage img, .output_png img")
      .evaluateAll((images) =>
        images.map((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
      );
    expect(sizes).toHaveLength(names.length);
    expect(Math.min(...sizes)).toBeGreaterThan(600);
    expect(abroad.filter((url) => !/mathjax|require|jquery/i.test(url))).toEqual([]);
    await screenshot("nbconvert");
  });

  test("is drawn once when a cell runs, and saved with its picture", async () => {
    cpSync(join(notebooks, "fresh.ipynb"), join(notebooks, "run.ipynb"));
    await openLab("with", "run.ipynb");
    // Earlier, JupyterLab would ask which kernel to start.
    await page.getByText("TypeScript (optimlab) | Idle").waitFor({ timeout: 60_000 });
    await page.locator(".jp-CodeCell .cm-content").click();
    await page.keyboard.press("Control+Enter");
    const drawing = page
      .getByRole("img", { name: alt("lines"), exact: true })
      .locator(".main-svg")
      .first();
    await drawing.waitFor({ timeout: 60_000 });
    await drawing.evaluate((element) => element.setAttribute("data-test", "first"));
    // The number stands there when the kernel says that the cell has ended.
    await page.locator(".jp-InputPrompt", { hasText: "[1]:" }).waitFor({ timeout: 60_000 });
    expect(await drawing.getAttribute("data-test")).toBe("first");
    await page.keyboard.press("Control+s");
    const saved = (): string[] => {
      const { cells } = JSON.parse(readFileSync(join(notebooks, "run.ipynb"), "utf8"));
      return cells[0].outputs.flatMap(({ data }: { data: object }) => Object.keys(data));
    };
    await expect
      .poll(saved, { timeout: 30_000 })
      .toEqual(expect.arrayContaining(["application/vnd.plotly.v1+json", "image/png", "text/plain"]));
    expect({ abroad, errors }).toEqual({ abroad: [], errors: [] });
  });
});

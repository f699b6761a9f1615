import { statSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { kernelName } from "../kernelspec.js";
import type { KernelHost } from "./kernel-host.js";
import { kernelspecRoutes } from "./kernelspec-routes.js";
import { jsonBody, Refusal, type Routes } from "./route.js";
import type { RunningKernel } from "./running-kernel.js";

/**
 * Jupyter Server's REST interface about kernels.
 * @param root The folder that paths in requests are relative to.
 */
export function kernelRoutes(host: KernelHost, root: string): Routes {
  const kernelOf = (id: string): RunningKernel => {
    const kernel = host.get(id);
    if (kernel === undefined) throw new Refusal(404, `there is no running kernel ${id}`);
    return kernel;
  };
  return [
    ...kernelspecRoutes(host),
    [
      /^\/api\/kernels$/,
      {
        GET: () => Response.json(host.running().map((kernel) => kernel.model)),
        POST: async (request) => {
          const { name = kernelName, path = "" } = await jsonBody(request);
          const kernel = await startKernel(host, root, name, path);
          const headers = { location: `/api/kernels/${kernel.id}` };
          return Response.json(kernel.model, { status: 201, headers });
        },
      },
    ],
    [
      /^\/api\/kernels\/([^/]+)$/,
      {
        GET: (_, id) => Response.json(kernelOf(id!).model),
        DELETE: async (_, id) => {
          await host.shutdown(kernelOf(id!));
          return new Response(null, { status: 204 });
        },
      },
    ],
    [
      /^\/api\/kernels\/([^/]+)\/interrupt$/,
      {
        POST: (_, id) => {
          kernelOf(id!).interrupt();
          return new Response(null, { status: 204 });
        },
      },
    ],
    [
      /^\/api\/kernels\/([^/]+)\/restart$/,
      {
        POST: async (_, id) => {
          const kernel = kernelOf(id!);
          await kernel.restart();
          return Response.json(kernel.model);
        },
      },
    ],
  ];
}

/**
 * Starts a kernel for the notebook at `path`.
 * @throws Refusal If there is no kernel of that name, or the path leads out of the root.
 * @throws Error If it does not start; with what it wrote.
 */
export async function startKernel(
  host: KernelHost,
  root: string,
  name: unknown,
  path: unknown,
): Promise<RunningKernel> {
  if (typeof name !== "string" || typeof path !== "string") {
    throw new Refusal(400, "name and path of a kernel are texts");
  }
  const specs = host.kernelspecs();
  if (!specs.has(name)) {
    throw new Refusal(400, `there is no kernel named ${name}; there are ${[...specs.keys()].join(", ")}`);
  }
  return host.start(name, workingDirectory(root, path));
}

/** The folder of the notebook at `path`, or the nearest one above it that exists; never outside the root. */
function workingDirectory(root: string, path: string): string {
  let directory = resolve(root, path.replace(/^\/+/, ""));
  const outside = relative(root, directory);
  if (outside === ".." || outside.startsWith(`..${sep}`) || path.includes("\0"))
    throw new Refusal(400, `${path} is outside the server's folder`);
  while (directory !== root && !statSync(directory, { throwIfNoEntry: false })?.isDirectory())
    directory = dirname(directory);
  return directory;
}

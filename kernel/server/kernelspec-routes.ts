import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Kernelspec, kernelLogo, kernelName } from "../kernelspec.js";
import { fileResponse } from "./file-response.js";
import type { KernelHost } from "./kernel-host.js";
import { Refusal, type Routes } from "./route.js";

/** The pictures of a kernel that JupyterLab shows. Scripts and styles that a kernelspec may hold, too, are not served. */
const logos = ["logo-svg.svg", "logo-64x64.png", "logo-32x32.png"] as const;

/** Jupyter Server's REST interface about the kernels that can be started. */
export function kernelspecRoutes(host: KernelHost): Routes {
  const logoFile = (name: string, logo: string) => join(host.kernelspecFolder(name) ?? "", logo);
  const hasLogo = (name: string, logo: string) =>
    name === kernelName ? logo === "logo-svg.svg" : existsSync(logoFile(name, logo));
  const modelOf = (name: string, spec: Kernelspec) => {
    const resources = logos
      .filter((logo) => hasLogo(name, logo))
      .map((logo) => [logo.slice(0, logo.indexOf(".")), `/kernelspecs/${encodeURIComponent(name)}/${logo}`]);
    return { name, spec: { env: {}, metadata: {}, ...spec }, resources: Object.fromEntries(resources) };
  };
  return [
    [
      /^\/api\/kernelspecs$/,
      {
        GET: () => {
          const models = [...host.kernelspecs()].map(([name, spec]) => [name, modelOf(name, spec)]);
          return Response.json({ default: kernelName, kernelspecs: Object.fromEntries(models) });
        },
      },
    ],
    [
      /^\/api\/kernelspecs\/([^/]+)$/,
      {
        GET: (_, name) => {
          const spec = host.kernelspecs().get(name!);
          if (spec === undefined) throw new Refusal(404, `there is no kernel named ${name}`);
          return Response.json(modelOf(name!, spec));
        },
      },
    ],
    [
      /^\/kernelspecs\/([^/]+)\/([^/]+)$/,
      {
        GET: async (request, name, logo) => {
          const isKnown = logos.some((known) => known === logo) && host.kernelspecs().has(name!);
          if (!isKnown || !hasLogo(name!, logo!))
            throw new Refusal(404, `there is no ${logo} of the kernel ${name}`);
          if (name === kernelName)
            return new Response(kernelLogo, { headers: { "content-type": "image/svg+xml" } });
          return fileResponse({ path: logo!, file: logoFile(name!, logo!) }, request);
        },
      },
    ],
  ];
}

import { userInfo } from "node:os";
import { version } from "../package.js";
import type { KernelHost } from "./kernel-host.js";
import type { Routes } from "./route.js";

/** What Jupyter Server says of itself and of who is there. */
export function statusRoutes(host: KernelHost): Routes {
  const started = new Date().toISOString();
  return [
    [/^\/api\/?$/, { GET: () => Response.json({ version: `optimlab ${version}` }) }],
    [
      /^\/api\/status$/,
      {
        GET: () => {
          const kernels = host.running().map(({ model }) => model);
          const activities = [started, ...kernels.map(({ last_activity }) => last_activity)];
          return Response.json({
            started,
            last_activity: activities.sort().at(-1),
            kernels: kernels.length,
            connections: kernels.reduce((sum, { connections }) => sum + connections, 0),
          });
        },
      },
    ],
    [
      /^\/api\/me$/,
      {
        GET: () => {
          const name = userInfo().username;
          const identity = {
            username: name,
            name,
            display_name: name,
            initials: name.slice(0, 2).toUpperCase(),
            avatar_url: null,
            color: null,
          };
          return Response.json({ identity, permissions: {} });
        },
      },
    ],
    // No format: nothing of Python is there that would convert.
    [/^\/api\/nbconvert$/, { GET: () => Response.json({}) }],
  ];
}

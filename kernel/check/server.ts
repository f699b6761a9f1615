import { parse, relative, resolve, sep } from "node:path";
import { KernelSpecAPI, ServerConnection } from "@jupyterlab/services";
import { embeddedServer } from "../server/embedded-server.js";

/** Where kernels run. */
export interface CheckServer {
  readonly settings: ServerConnection.ISettings;
  /** The path of a file on the server. */
  path(file: string): string;
  close(): Promise<void>;
}

/** A server within this process; its kernels may have so many bytes of memory each. */
export function ownServer(memory: number): CheckServer {
  const { root } = parse(process.cwd());
  const server = embeddedServer(root, { memory });
  return {
    settings: server.settings,
    path: (file) => slashes(relative(root, resolve(file))),
    close: () => server.close(),
  };
}

/**
 * A Jupyter Server elsewhere, whose folder is taken for the working directory.
 * @throws Error If it does not answer as one; with what it said.
 */
export async function remoteServer(url: string, token: string): Promise<CheckServer> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Error(
      `--server ${url}: expected the address of a Jupyter Server such as http://localhost:8888`,
    );
  }
  const baseUrl = url.endsWith("/") ? url : `${url}/`;
  const wsUrl = baseUrl.replace(/^http/, "ws");
  const settings = ServerConnection.makeSettings({ baseUrl, wsUrl, token, appendToken: token !== "" });
  try {
    await KernelSpecAPI.getSpecs(settings);
  } catch (error) {
    const { status, statusText } = (error as { response?: Response }).response ?? {};
    const { message, cause } = error as Error;
    const hint = status === 401 || status === 403 ? " (is --token, or JUPYTER_TOKEN, the server's?)" : "";
    const reason =
      status === undefined
        ? String((cause as Error | undefined)?.message ?? message)
        : `it answered ${status} ${statusText}${hint}`;
    throw new Error(`the server ${url} cannot be used: ${reason}`);
  }
  return { settings, path: (file) => slashes(relative(process.cwd(), resolve(file))), close: async () => {} };
}

function slashes(path: string): string {
  return path.split(sep).join("/");
}

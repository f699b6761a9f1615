import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, isIP, type Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Admission } from "./admission.js";
import { respond } from "./rest.js";
import { failure, Refusal, type Routes } from "./route.js";

export interface HttpOptions {
  /** The address to listen at; 127.0.0.1 can be reached from this machine only. */
  readonly ip: string;
  /** The port to listen at, or the next free one. 0 is any. */
  readonly port: number;
  /** What visitors have to know; a random one if none is given. */
  readonly token?: string | undefined;
  readonly patience?: Patience;
}

/** How long a client may take, in milliseconds. */
export interface Patience {
  /** For the head of a request. */
  readonly headers: number;
  /** For all of it. */
  readonly request: number;
}

/** Answers a websocket's handshake that may come in. */
export type Upgrade = (request: IncomingMessage, socket: Socket, head: Buffer) => Promise<void>;

/** Jupyter Server's interface on a port. */
export interface HttpServer {
  /** Without the token. */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** Ends all connections. */
  close(): Promise<void>;
}

const portsTried = 50;

export async function httpServer(
  routes: Routes,
  upgrade: Upgrade,
  { ip, port: wanted, token = randomBytes(24).toString("hex"), patience }: HttpOptions,
): Promise<HttpServer> {
  const server = createServer({
    headersTimeout: patience?.headers ?? 20_000,
    requestTimeout: patience?.request ?? 600_000,
    connectionsCheckingInterval: Math.min(1_000, patience?.headers ?? 1_000),
  });
  const port = await listen(server, ip, wanted);
  const admission = new Admission(token, port, isLoopback(ip));
  server.on("request", (request, response) => void answer(routes, admission, request, response));
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const refuse = (error: unknown) => {
      const { status = 500, message } = error as Refusal;
      socket.end(`HTTP/1.1 ${status} \r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n${message}\n`);
      // Whoever does not end as well is not waited for.
      setTimeout(() => socket.destroy(), 500).unref();
    };
    try {
      refuseOddTarget(request);
      admission.check(request);
      upgrade(request, socket as Socket, head).catch(refuse);
    } catch (error) {
      refuse(error);
    }
  });
  return {
    url: `http://${ip === "0.0.0.0" || ip === "::" ? "localhost" : ip.includes(":") ? `[${ip}]` : ip}:${port}`,
    port,
    token,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Whether only this machine can reach an address. */
export function isLoopback(ip: string): boolean {
  return ip === "localhost" || ip === "::1" || (isIP(ip) === 4 && ip.startsWith("127."));
}

async function listen(server: Server, ip: string, wanted: number): Promise<number> {
  const last = wanted === 0 ? 0 : Math.min(wanted + portsTried - 1, 65_535);
  for (let port = wanted; ; port++) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, ip, () => {
          server.off("error", reject);
          resolve();
        });
      });
      return (server.address() as AddressInfo).port;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === "EADDRINUSE" && port < last) continue;
      throw new Error(
        code === "EADDRINUSE"
          ? `the ports ${wanted} to ${last} are all taken; give another with --port`
          : code === "EACCES"
            ? `no permission for port ${port}; ports from 1024 are for everybody`
            : code === "EADDRNOTAVAIL" || code === "ENOTFOUND"
              ? `${ip} is no address of this machine`
              : message,
      );
    }
  }
}

/** Methods that do something here. `Request` would not even take some of the others. */
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

async function answer(
  routes: Routes,
  admission: Admission,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on("error", () => {});
  try {
    await send(await answerTo(routes, admission, request), request, response);
  } catch {
    // The client has gone, or what it was being sent has: the connection is of no more use.
    response.destroy();
  }
}

async function answerTo(routes: Routes, admission: Admission, request: IncomingMessage): Promise<Response> {
  try {
    const { method = "GET", headers } = request;
    if (!methods.includes(method)) {
      return failure(405, `${method} is not answered; there are ${methods.join(", ")}`, {
        allow: methods.join(", "),
      });
    }
    refuseOddTarget(request);
    admission.check(request);
    const url = new URL(`http://${headers.host}${request.url}`);
    const isPage = /^\/(?:lab(?:\/.*)?)?$/.test(url.pathname) && (method === "GET" || method === "HEAD");
    if (isPage && url.searchParams.has("token")) {
      // The token does not stay in the address bar and in the history.
      url.searchParams.delete("token");
      const location = `${url.pathname}${url.search}`;
      return new Response(null, { status: 302, headers: { location, "set-cookie": admission.setCookie } });
    }
    const body = method === "GET" || method === "HEAD" ? null : (Readable.toWeb(request) as ReadableStream);
    return await respond(
      routes,
      new Request(url, { method, headers: headersOf(request), body, duplex: "half" } as RequestInit),
    );
  } catch (error) {
    if (error instanceof Refusal) return failure(error.status, error.message);
    return failure(400, `the request cannot be understood: ${(error as Error).message}`);
  }
}

/** @throws Refusal If the target of a request is another server's, or no path. */
function refuseOddTarget({ url = "" }: IncomingMessage): void {
  if (!url.startsWith("/") || url.includes("#"))
    throw new Refusal(400, `${url.slice(0, 100)} is no path on this server`);
}

function headersOf(request: IncomingMessage): [string, string][] {
  return Object.entries(request.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
}

async function send(answer: Response, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(protection(request.headers.host ?? "")))
    response.setHeader(name, value);
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  response.statusCode = answer.status;
  if (!request.complete) {
    // The rest of what it sends is not wanted.
    response.setHeader("connection", "close");
    response.on("finish", () => setTimeout(() => request.socket.destroy(), 500).unref());
  }
  if (answer.body === null || request.method === "HEAD") {
    await answer.body?.cancel();
    response.end();
    return;
  }
  await pipeline(Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]), response);
}

/**
 * What browsers are to hold against pages and files of this server. JupyterLab compiles the schemas of its settings
 * (`unsafe-eval`) and sets styles; nothing but our own scripts runs. Pictures may come from elsewhere: people's
 * notebooks show such.
 */
function protection(host: string): Readonly<Record<string, string>> {
  const policy = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self' data:",
    "img-src": "'self' data: blob: https:",
    "media-src": "'self' data: blob: https:",
    "worker-src": "'self' blob:",
    "connect-src": `'self' data: blob: ws://${host}`,
    "frame-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
  };
  return {
    "content-security-policy": Object.entries(policy)
      .map(([name, value]) => `${name} ${value}`)
      .join("; "),
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
  };
}

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { type JupyterServer, jupyterServer } from "../../../kernel/server/jupyter-server.js";

/** Of files that nobody may see. */
const content = "nobody-may-see-this";
const token = "a-token-of-a-test";
const patience = { headers: 400, request: 800 };

let folder: string;
let server: JupyterServer;
let cookie: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "optimlab-hostile-"));
  const root = join(folder, "course");
  mkdirSync(join(root, ".git"), { recursive: true });
  mkdirSync(join(folder, "static"));
  writeFileSync(join(folder, "secret.txt"), content);
  writeFileSync(join(root, ".git", "config"), content);
  writeFileSync(join(root, "a.txt"), "a");
  symlinkSync("../secret.txt", join(root, "link.txt"));
  server = await jupyterServer({
    root,
    frontEnd: { app: folder, renderer: folder },
    state: join(folder, "state"),
    ip: "127.0.0.1",
    port: 0,
    token,
    patience,
  });
  const visit = await fetch(`${server.url}/lab?token=${token}`, { redirect: "manual" });
  cookie = visit.headers.get("set-cookie")!.split(";")[0]!;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the server says to these bytes, until it hangs up or has been silent for a while. */
function exchange(text: string, silence = 1_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port, "127.0.0.1");
    let answer = "";
    const done = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.setEncoding("latin1").setTimeout(silence, done);
    socket.on("data", (data) => {
      answer += data;
      // Whole, and short as refusals are.
      if (/\r\n\r\n.*(?:0\r\n\r\n|\n)$/s.test(answer)) done();
    });
    socket.on("close", done).on("error", done);
    socket.write(text, "latin1");
  });
}

interface Attack {
  readonly what: string;
  readonly method?: string;
  readonly target?: string;
  /** In addition to the Host; a member that is undefined takes a default away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly status: number;
}

const known = { authorization: `token ${token}` };
/** As a browser that has been here sends it. */
const visitor = (more: Readonly<Record<string, string | undefined>> = {}) => ({
  cookie: "{COOKIE}",
  ...more,
});
const upgrade = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};
const file = JSON.stringify({ type: "file", format: "text", content: "x" });
const put = { method: "PUT", body: file };

const attacks: readonly Attack[] = [
  // Without the token.
  ...[
    "/lab",
    "/",
    "/api/contents",
    "/api/kernels",
    "/api/me",
    "/files/a.txt",
    "/lab/static/main.js",
    "/nothing",
  ].map((target): Attack => ({ what: "a stranger", target, status: 403 })),
  { what: "a wrong token", headers: { authorization: "token wrong" }, status: 403 },
  { what: "an empty token", headers: { authorization: "token " }, status: 403 },
  { what: "half the token", headers: { authorization: `token ${token.slice(0, 8)}` }, status: 403 },
  { what: "a longer token", headers: { authorization: `token ${token}x` }, status: 403 },
  { what: "the token as a password", headers: { authorization: `Basic ${token}` }, status: 403 },
  { what: "an empty token in the address", target: "/lab?token=", status: 403 },
  { what: "a wrong token in the address", target: "/lab?token=wrong", status: 403 },
  { what: "a guessed cookie", headers: { cookie: "optimlab-{PORT}=guess" }, status: 403 },
  { what: "an empty cookie", headers: { cookie: "optimlab-{PORT}=" }, status: 403 },
  { what: "the token as the cookie", headers: { cookie: `optimlab-{PORT}=${token}` }, status: 403 },
  { what: "a stranger's file", ...put, target: "/api/contents/new.txt", status: 403 },
  { what: "a stranger's kernel", method: "POST", target: "/api/kernels", body: "{}", status: 403 },
  {
    what: "a stranger's kernel through a socket",
    target: "/api/kernels/x/channels",
    headers: upgrade,
    status: 403,
  },

  // Led here by a name that somebody else may change.
  ...[
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.nip.io",
    "192.168.1.7",
    "[fe80::1]",
    "",
    "a b",
    hostname(),
  ].map(
    (host): Attack => ({
      what: `Host ${JSON.stringify(host)}`,
      headers: { ...known, host },
      status: 403,
    }),
  ),
  { what: "a rebound name with a cookie", headers: visitor({ host: "evil.example:{PORT}" }), status: 403 },
  {
    what: "a socket to a rebound name",
    target: "/api/events/subscribe",
    headers: { ...known, ...upgrade, host: "evil.example" },
    status: 403,
  },

  // A page of another site, in a browser that has been here.
  ...[
    "http://evil.example",
    "null",
    "https://{HOST}",
    "http://localhost:1",
    "file://",
    "http://{HOST}.evil.example",
  ].flatMap((origin): Attack[] => [
    { what: `a read from ${origin}`, headers: visitor({ origin }), status: 403 },
    {
      what: `a file from ${origin}`,
      ...put,
      target: "/api/contents/new.txt",
      headers: visitor({ origin }),
      status: 403,
    },
    {
      what: `a socket from ${origin}`,
      target: "/api/events/subscribe",
      headers: visitor({ ...upgrade, origin }),
      status: 403,
    },
  ]),
  {
    what: "another site's page that knows the token",
    headers: { ...known, origin: "http://evil.example" },
    status: 403,
  },
  {
    what: "a form of another site",
    method: "POST",
    target: "/api/kernels",
    headers: visitor(),
    body: "{}",
    status: 403,
  },
  {
    what: "a socket that says no origin",
    target: "/api/events/subscribe",
    headers: visitor(upgrade),
    status: 403,
  },
  {
    what: "a script of another site",
    headers: visitor({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }),
    status: 403,
  },
  {
    what: "a frame of another port",
    target: "/lab",
    headers: visitor({
      "sec-fetch-site": "same-site",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "iframe",
    }),
    status: 403,
  },
  {
    what: "a question what another site may do",
    method: "OPTIONS",
    headers: visitor({ origin: "http://evil.example" }),
    status: 405,
  },

  // What is no request of ours.
  { what: "a proxy's request", target: "http://evil.example/", headers: known, status: 400 },
  { what: "a fragment", target: "/api#x", headers: known, status: 400 },
  { what: "a star", target: "*", headers: known, status: 400 },
  ...["TRACE", "PROPFIND", "LINK", "OPTIONS"].map(
    (method): Attack => ({ what: method, method, headers: known, status: 405 }),
  ),
  { what: "a method that is none", method: "FETCH", headers: known, status: 400 },
  {
    what: "two lengths",
    ...put,
    headers: { ...known, "content-length": "5\r\nContent-Length: 6" },
    status: 400,
  },
  { what: "a signed length", ...put, headers: { ...known, "content-length": "+5" }, status: 400 },
  { what: "a negative length", ...put, headers: { ...known, "content-length": "-5" }, status: 400 },
  { what: "a length and chunks", ...put, headers: { ...known, "transfer-encoding": "chunked" }, status: 400 },
  {
    what: "chunks of a size that is none",
    ...put,
    body: "zz\r\n",
    headers: { ...known, "content-length": undefined, "transfer-encoding": "chunked" },
    status: 400,
  },
  { what: "a head of 100 kB", headers: { ...known, x: "x".repeat(100_000) }, status: 431 },
  { what: "a header with a line end", headers: { ...known, x: "a\n b" }, status: 400 },
  {
    what: "a body of 10 GB",
    ...put,
    target: "/api/contents/new.txt",
    headers: { ...known, "content-length": "10000000000" },
    status: 413,
  },
  {
    what: "a workspace of 20 MB",
    method: "PUT",
    target: "/lab/api/workspaces/x",
    headers: { ...known, "content-length": "20000000" },
    status: 413,
  },
  {
    what: "a body that is no JSON",
    ...put,
    target: "/api/contents/new.txt",
    body: "{",
    headers: known,
    status: 400,
  },
  {
    what: "a body that is a list",
    ...put,
    target: "/api/contents/new.txt",
    body: "[]",
    headers: known,
    status: 400,
  },
  {
    what: "an upgrade to something else",
    target: "/api/events/subscribe",
    headers: { ...known, ...upgrade, upgrade: "h2c" },
    status: 400,
  },
  {
    what: "a socket without a key",
    target: "/api/events/subscribe",
    headers: { ...known, ...upgrade, "sec-websocket-key": undefined },
    status: 400,
  },
  {
    what: "a socket to no kernel",
    target: "/api/kernels/x/channels",
    headers: { ...known, ...upgrade },
    status: 404,
  },
  { what: "a socket to a file", target: "/api/contents", headers: { ...known, ...upgrade }, status: 404 },

  // Ways out of the folder.
  ...[
    "/files/../secret.txt",
    "/files/%2e%2e/secret.txt",
    "/files/..%2fsecret.txt",
    "/files/..%5csecret.txt",
    "/files/..\\secret.txt",
    "/files//etc/passwd",
    "/files/link.txt",
    "/files/.git/config",
    "/files/%00",
    "/api/contents/..%2f..%2fetc%2fpasswd",
    "/api/contents/.git",
    "/api/contents/a.txt%00.ipynb",
    "/api/contents/%c0%ae%c0%ae/secret.txt",
    "/lab/static/..%2f..%2fsecret.txt",
    "/lab/static/%2e%2e%2fsecret.txt",
    "/lab/api/themes/..%2fsecret.txt",
    "/lab/extensions/optimlab-plotly/..%2fsecret.txt",
    "/lab/api/settings/..%2f..%2fsecret",
    "/kernelspecs/optimlab/..%2fkernel.json",
    "/kernelspecs/..%2f..%2fx/logo-svg.svg",
    "//evil.example/?token=x",
  ].map(
    (target): Attack => ({
      what: "a way out",
      target,
      headers: known,
      status: /%2f|%00|%c0/.test(target) ? 400 : 404,
    }),
  ),
  {
    what: "a kernel outside",
    method: "POST",
    target: "/api/kernels",
    body: '{"path":"../x"}',
    headers: known,
    status: 400,
  },
  {
    what: "a session outside",
    method: "POST",
    target: "/api/sessions",
    body: '{"path":"../../x","type":"notebook"}',
    headers: known,
    status: 400,
  },
  {
    what: "a session of no type",
    method: "POST",
    target: "/api/sessions",
    body: '{"path":"x"}',
    headers: known,
    status: 400,
  },
];

function bytesOf({ method = "GET", target = "/api/contents", headers = {}, body = "" }: Attack): string {
  const all = {
    host: "{HOST}",
    ...(body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return `${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`
    .replaceAll("{HOST}", `127.0.0.1:${server.port}`)
    .replaceAll("{PORT}", String(server.port))
    .replaceAll("{COOKIE}", cookie);
}

describe("a hostile request", () => {
  test("there are at least sixty kinds", () => expect(attacks.length).toBeGreaterThanOrEqual(60));

  test.each(
    attacks.map((attack): [string, Attack] => [
      `${attack.what} ${attack.method ?? ""} ${attack.target ?? ""}`,
      attack,
    ]),
  )("is refused: %s", async (_, attack) => {
    const answer = await exchange(bytesOf(attack));
    const [, status] = /^HTTP\/1\.1 (\d+)/.exec(answer) ?? [];
    expect(Number(status), answer).toBe(attack.status);
    expect(answer).not.toContain(folder);
    expect(answer).not.toContain(content);
    expect(answer).not.toMatch(/access-control-allow/i);
    expect(answer).not.toMatch(/location: (?!\/)/i);
    expect(server.host.running()).toEqual([]);
    expect(readdirSync(join(folder, "course")).sort()).toEqual([".git", "a.txt", "link.txt"]);
  });

  test("one that is never finished is not waited for", async () => {
    const heads = [
      "GET /api HTTP/1.1\r\nHost: localhost\r\nX: ",
      "PUT /api/contents/new.txt HTTP/1.1\r\nHost: localhost\r\n",
    ];
    const tails = ["", `authorization: token ${token}\r\nContent-Length: 100\r\n\r\n{`];
    for (const [k, head] of heads.entries()) {
      const answer = await exchange(head + tails[k], 10_000);
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    }
    expect(readdirSync(join(folder, "course"))).not.toContain("new.txt");
  });

  test("a thousand that hang up midway leave the server as it was", async () => {
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from(
          { length: 50 },
          (_, k) =>
            new Promise<void>((resolve) => {
              const socket = connect(server.port, "127.0.0.1", () => {
                const whole = bytesOf({
                  what: "",
                  ...put,
                  target: "/api/contents/new.txt",
                  headers: known,
                  status: 0,
                });
                socket.write(whole.slice(0, Math.floor((whole.length * k) / 50)), () => socket.destroy());
              });
              socket.on("close", () => resolve()).on("error", () => {});
            }),
        ),
      );
    }
    const answer = await fetch(`${server.url}/api/contents`, { headers: known });
    expect(answer.status).toBe(200);
    expect(readdirSync(join(folder, "course")).sort()).toEqual([".git", "a.txt", "link.txt"]);
  });
});

describe("who may come in", () => {
  const ask = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    fetch(`${server.url}${path}`, { headers, method, redirect: "manual" });

  test.each([
    ["token", { authorization: `token ${token}` }],
    ["Bearer", { authorization: `Bearer ${token}` }],
  ])("a program with the token: %s", async (_, headers) => {
    expect((await ask("/api/contents", headers)).status).toBe(200);
  });

  test("a person with the address, who then has a cookie and no token in the address", async () => {
    const visit = await ask(`/lab/tree/a%20b.ipynb?token=${token}&reset`);
    expect(visit.status).toBe(302);
    expect(visit.headers.get("location")).toBe("/lab/tree/a%20b.ipynb?reset=");
    const given = visit.headers.get("set-cookie")!;
    expect(given).toMatch(/^optimlab-\d+=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(given).not.toContain(token);
    expect((await ask("/api/contents", { cookie: given.split(";")[0]! })).status).toBe(200);
  });

  test("our own page with its cookie, to change something", async () => {
    for (const [name, value] of [
      ["origin", server.url],
      ["sec-fetch-site", "same-origin"],
    ] as const) {
      const response = await ask("/api/contents", { cookie, [name]: value }, "POST");
      expect(response.status).toBe(201);
      const { path } = (await response.json()) as { path: string };
      expect((await ask(`/api/contents/${path}`, { ...known }, "DELETE")).status).toBe(204);
    }
  });

  test.each(["localhost:1", "127.0.0.1", "[::1]:8888", "LOCALHOST"])(
    "through a tunnel, as %s",
    async (host) => {
      expect(await exchange(bytesOf({ what: "", headers: { ...known, host }, status: 200 }))).toMatch(
        /^HTTP\/1\.1 200/,
      );
    },
  );

  test("every answer says what browsers are to hold against it", async () => {
    for (const path of ["/api/contents", "/nothing", "/files/a.txt"]) {
      const { headers } = await ask(path, known);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(headers.get("content-security-policy")).toMatch(/^default-src 'self'; |^sandbox/);
      expect(headers.get("content-security-policy")).not.toMatch(/script-src[^;]*unsafe-inline/);
    }
  });

  test("odd frames of a websocket end that socket only", async () => {
    for (const frame of [
      Buffer.from([0xff, 0xff, 0xff, 0xff]),
      Buffer.from([0x81, 0x05, 1, 2, 3]),
      Buffer.alloc(64),
    ]) {
      const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/events/subscribe`, {
        headers: known,
      });
      await new Promise((resolve) => socket.once("open", resolve));
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.on("error", () => {});
      (socket as unknown as { _socket: { write(data: Buffer): void } })._socket.write(frame);
      await closed;
    }
    expect((await ask("/api", known)).status).toBe(200);
    expect(readFileSync(join(folder, "secret.txt"), "utf8")).toBe(content);
  });
});

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How clients and a kernel find and trust each other. Source: jupyter_client, "Connection files". */
export interface Connection {
  readonly transport: "tcp";
  readonly ip: string;
  readonly shell_port: number;
  readonly control_port: number;
  readonly stdin_port: number;
  readonly iopub_port: number;
  readonly hb_port: number;
  readonly signature_scheme: "hmac-sha256";
  readonly key: string;
}

/** A connection on free ports of this machine, with a fresh key. */
export async function createConnection(): Promise<Connection> {
  const ip = "127.0.0.1";
  // All five are held at once, so that they differ.
  const servers = [1, 2, 3, 4, 5].map(() => createServer().listen(0, ip));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  const [shell_port, control_port, stdin_port, iopub_port, hb_port] = ports as [
    number,
    number,
    number,
    number,
    number,
  ];
  const addresses = {
    transport: "tcp",
    ip,
    shell_port,
    control_port,
    stdin_port,
    iopub_port,
    hb_port,
  } as const;
  return { ...addresses, signature_scheme: "hmac-sha256", key: randomUUID() };
}

/** Writes a connection where only its owner can read the key. `remove` takes the file and its folder away. */
export function writeConnectionFile(connection: Connection): { path: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), "optimlab-kernel-"));
  const path = join(directory, "connection.json");
  writeFileSync(path, JSON.stringify(connection, null, 1), { mode: 0o600 });
  return { path, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

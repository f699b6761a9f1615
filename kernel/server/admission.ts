import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { Refusal } from "./route.js";

/** Who may come in: whoever knows the token, or has been here with it. */
export class Admission {
  readonly token: string;
  /** Cookies of all ports of a host are shared, so the name says which one this is for. */
  readonly #cookieName: string;
  // Other servers of this host get to see the cookie, too; it is no use to them tomorrow, as a chosen token might be.
  readonly #cookieValue = randomBytes(24).toString("base64url");
  readonly #isLocal: boolean;

  /** @param isLocal Whether only this machine can connect. */
  constructor(token: string, port: number, isLocal: boolean) {
    this.token = token;
    this.#cookieName = `optimlab-${port}`;
    this.#isLocal = isLocal;
  }

  /** The header that lets a browser in from now on. Scripts cannot read it, other sites cannot make the browser send it. */
  get setCookie(): string {
    return `${this.#cookieName}=${this.#cookieValue}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /**
   * Lets a request pass.
   * @throws Refusal If it comes from another site, or from somebody who does not know the token.
   */
  check(request: IncomingMessage): void {
    this.#checkOrigin(request);
    const { method = "GET", headers } = request;
    const [, given = ""] = /^(?:token|bearer) +(\S+)$/i.exec(headers.authorization ?? "") ?? [];
    const queried = new URL(`http://localhost${request.url}`).searchParams.get("token") ?? "";
    if (isSame(given, this.token) || isSame(queried, this.token)) return;
    if (!isSame(cookieOf(headers.cookie, this.#cookieName), this.#cookieValue)) {
      throw new Refusal(
        403,
        "this server asks for its token: open the address that it printed when it started",
      );
    }
    // A browser sends the cookie of its own accord, so the request must say that it comes from our page.
    const isReading = (method === "GET" || method === "HEAD") && headers.upgrade === undefined;
    if (!isReading && headers.origin === undefined && headers["sec-fetch-site"] !== "same-origin") {
      throw new Refusal(403, `a ${method} with a cookie has to say its Origin`);
    }
  }

  #checkOrigin({ headers }: IncomingMessage): void {
    // Who is led here by a name that is not ours was led by somebody who may change what that name means.
    const name = hostOf(headers.host);
    if (name === undefined || !(isLocalName(name) || (!this.#isLocal && (isIP(name) || isOwnName(name))))) {
      throw new Refusal(403, `the Host ${JSON.stringify(headers.host ?? "")} is not this server's`);
    }
    const { origin } = headers;
    if (origin !== undefined && origin !== `http://${headers.host}`) {
      throw new Refusal(403, `requests from pages of ${origin} are not answered`);
    }
    const from = headers["sec-fetch-site"];
    const isVisit = headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
    if ((from === "cross-site" || from === "same-site") && !isVisit) {
      throw new Refusal(403, "requests from pages of other sites are not answered");
    }
  }
}

/** Compares in a time that does not depend on how much is right. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function cookieOf(header: string | undefined, name: string): string {
  const cookies = (header ?? "").split(";").map((cookie) => cookie.trim().split("="));
  return cookies.find(([key]) => key === name)?.[1] ?? "";
}

/** The name or address in a Host header; undefined if it is none. The port may be another one, as through a tunnel. */
function hostOf(header: string | undefined): string | undefined {
  const [, address, name] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i.exec(header ?? "") ?? [];
  return (address ?? name)?.toLowerCase();
}

function isLocalName(name: string): boolean {
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

function isOwnName(name: string): boolean {
  const own = hostname().toLowerCase();
  return name === own || name === `${own}.local`;
}

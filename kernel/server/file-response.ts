import { Readable } from "node:stream";
import type { Place } from "./contents/content-folder.js";
import { mimeTypeOf, openRegular } from "./contents/read.js";

/** A file's bytes; just that they are the same still, if the client has them. */
export async function fileResponse(
  place: Place,
  request: Request,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const file = await openRegular(place);
  const { size, mtimeMs } = await file.stat();
  const etag = `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`;
  const all = { "cache-control": "no-cache", etag, ...headers };
  if (request.headers.get("if-none-match") === etag) {
    await file.close();
    return new Response(null, { status: 304, headers: all });
  }
  const type = mimeTypeOf(place.path) ?? "application/octet-stream";
  return new Response(Readable.toWeb(file.createReadStream()) as ReadableStream<Uint8Array>, {
    headers: {
      ...all,
      "content-type": /^text\/|json$|javascript$/.test(type) ? `${type}; charset=utf-8` : type,
      "content-length": String(size),
    },
  });
}

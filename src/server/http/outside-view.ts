import type { Peer } from "../../registry/mod.ts";
import { failureResponse, RegistryFailure } from "../../registry/mod.ts";
import type { HttpConfig } from "../config/server-config.ts";
import type { Handle } from "./listener.ts";

export type OutsideView = Pick<HttpConfig, "prefix" | "externalUrl" | "isRelativeUrls" | "headers">;

/**
 * The server as clients see it: below a path of its own, under a URL of its own, with headers of its owner's. Nothing stands between where
 * nothing of that is configured.
 */
export function asSeenFromOutside(handle: Handle, view: OutsideView): Handle {
  const headers = Object.entries(view.headers).flatMap(([name, values]) =>
    values.map((value) => [name, value] as const),
  );
  const inside = withoutPrefix(handle, view.prefix);
  const base = linkBase(view);
  if (inside === handle && base === "" && headers.length === 0) return handle;
  return async (request, peer) => {
    const response = await inside(request, peer);
    for (const name of ["location", "link"]) {
      const value = response.headers.get(name);
      if (base !== "" && value !== null) response.headers.set(name, value.replace(/^<?(?=\/)/, `$&${base}`));
    }
    for (const [name, value] of headers) {
      // One of ours that the owner sets as well is the same header, not two.
      if (response.headers.get(name) !== value) response.headers.append(name, value);
    }
    return response;
  };
}

/** What goes before a path that this server gives: `https://registry.example.com`, `/registry`, both, or nothing. */
function linkBase({ prefix, externalUrl, isRelativeUrls }: OutsideView): string {
  const origin = externalUrl === undefined || isRelativeUrls ? "" : externalUrl;
  return origin + prefix.replace(/\/$/, "");
}

function withoutPrefix(handle: Handle, prefix: string): Handle {
  if (prefix === "") return handle;
  const path = prefix.replace(/\/$/, "");
  return (request: Request, peer: Peer) => {
    const start = request.url.indexOf("/", request.url.indexOf("://") + 3);
    const rest = request.url.slice(start);
    if (rest === path || rest.startsWith(`${path}/`)) {
      // The same request: of the body of a new one Bun keeps in memory whatever has not been read yet, gigabytes of an upload.
      Object.defineProperty(request, "url", {
        value: request.url.slice(0, start) + (rest.slice(path.length) || "/"),
      });
      return handle(request, peer);
    }
    // Whoever watches the server knows nothing of the prefix.
    if (!rest.startsWith("/v2")) return handle(request, peer);
    const failure = new RegistryFailure("UNSUPPORTED", { status: 404, message: "no such endpoint" });
    return failureResponse(failure, request.method);
  };
}

import type { Access, createAccess, TokenCall } from "../../access/mod.ts";
import type { Meta } from "../../meta/mod.ts";
import type { Guard, Peer } from "../../registry/mod.ts";
import type { ServerConfig } from "../config/server-config.ts";

/** Who may do what, replaceable while serving. */
export interface LiveAccess {
  readonly guard: Guard;
  /** The answer of the token endpoint; undefined for other paths. */
  answer(request: Request, peer: Peer): Promise<Response> | undefined;
  /** @throws KasaneError for a configuration that cannot be used: then all stays */
  replace(config: ServerConfig): void;
  close(): void;
}

interface AccessWiring {
  readonly meta: Meta;
  readonly onWarning: (message: string) => void;
  readonly beforeToken: (call: TokenCall) => void;
}

/** undefined where everybody may do everything. @throws KasaneError `usage`, `io` */
export async function createLiveAccess(
  config: ServerConfig,
  parts: AccessWiring,
): Promise<LiveAccess | undefined> {
  if (config.access === undefined) return undefined;
  // Only here: it takes longer to load than all the rest of a registry that lets everybody in.
  const access = await import("../../access/mod.ts");
  const make = (given: ServerConfig) => accessOf(given, parts, access.createAccess);
  let current = make(config);
  return {
    guard: { admit: (request, peer) => current.guard.admit(request, peer) },
    answer(request, peer) {
      const { tokenEndpoint } = current;
      return tokenEndpoint && isTokenPath(request.url) ? tokenEndpoint(request, peer) : undefined;
    },
    replace(changed) {
      const former = current;
      current = make(changed);
      former.close();
    },
    close: () => current.close(),
  };
}

function accessOf({ access, http }: ServerConfig, parts: AccessWiring, create: typeof createAccess): Access {
  return create(access!, {
    ...parts,
    externalUrl: http.externalUrl,
    prefix: http.prefix,
    isTls: http.tls !== undefined,
  });
}

function isTokenPath(url: string): boolean {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  return url.startsWith("/auth/", start) && /^\/auth\/(token\/?|keys)(\?|$)/.test(url.slice(start));
}

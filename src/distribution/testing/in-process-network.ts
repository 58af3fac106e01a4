import { createRegistryClient, type RegistryClient, type RegistryClientOptions } from "../mod.ts";

type Handler = (request: Request) => Response | Promise<Response>;

/** One request as a server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly host: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
}

/** Servers by host name, without sockets; remembers every request. */
export class InProcessNetwork {
  readonly seen: SeenRequest[] = [];
  readonly #hosts: Record<string, Handler>;

  constructor(hosts: Record<string, Handler>) {
    this.#hosts = hosts;
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    this.seen.push({
      method: request.method,
      host: url.host,
      path: url.pathname + url.search,
      headers: request.headers,
    });
    const handler = this.#hosts[url.host];
    if (!handler) throw Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
    return handler(request);
  };

  client(options: Partial<RegistryClientOptions> = {}): RegistryClient {
    return createRegistryClient({
      host: "registry.test",
      fetch: this.fetch,
      retry: { attempts: 4, baseMs: 1 },
      ...options,
    });
  }

  /** `METHOD path` of each request to `host`. */
  lines(host = "registry.test"): string[] {
    return this.seen.filter((one) => one.host === host).map((one) => `${one.method} ${one.path}`);
  }
}

/** The error body of the specification. */
export function registryError(status: number, code: string, headers: Record<string, string> = {}): Response {
  return Response.json(
    { errors: [{ code, message: code.toLowerCase().replaceAll("_", " ") }] },
    { status, headers },
  );
}

import { isRepositoryName, type Wanted } from "../registry/mod.ts";
import { type OriginOptions, originOf } from "./origin.ts";

/** How clients are asked to log in. */
export type LoginWay =
  | { readonly kind: "basic"; readonly realm: string }
  | {
      readonly kind: "bearer";
      readonly service: string;
      /** A URL, or a path of this server. */
      readonly realm: string;
    };

export interface ChallengeOptions {
  readonly wanted: readonly Wanted[];
  readonly error?: "invalid_token" | "insufficient_scope";
}

/** The `WWW-Authenticate` header for a request: RFC 7617, and distribution's token specification. */
export function challengeFor(
  request: Request,
  way: LoginWay,
  options: OriginOptions & ChallengeOptions,
): string {
  if (way.kind === "basic") return `Basic realm=${quoted(way.realm)}, charset="UTF-8"`;
  const realm = way.realm.startsWith("/") ? originOf(request, options) + way.realm : way.realm;
  const scope = scopeOf(request, options.wanted);
  // No spaces after the commas: some clients split at the comma alone.
  return [
    `Bearer realm=${quoted(realm)}`,
    `service=${quoted(way.service)}`,
    ...(scope === "" ? [] : [`scope=${quoted(scope)}`]),
    ...(options.error === undefined ? [] : [`error="${options.error}"`]),
  ].join(",");
}

function scopeOf(request: Request, wanted: readonly Wanted[]): string {
  if (wanted.length === 0 && /\/_catalog(?:$|\?)/.test(request.url)) return "registry:catalog:*";
  return wanted.map(({ repository, actions }) => `repository:${repository}:${actions.join(",")}`).join(" ");
}

/** What a request seems to want, for clients whose token has ended: they ask for the next one by the challenge's scope. */
export function wantedBy({ method, url }: Request): Wanted[] {
  const path = url.replace(/^[a-z]+:\/\/[^/]*/i, "").split("?")[0]!;
  const repository = /\/v2\/(.+)\/(?:manifests|blobs|tags|referrers)\//.exec(path)?.[1];
  if (repository === undefined || !isRepositoryName(repository)) return [];
  if (method === "GET" || method === "HEAD") return [{ repository, actions: ["pull"] }];
  return [{ repository, actions: method === "DELETE" ? ["delete"] : ["pull", "push"] }];
}

function quoted(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, "?").replaceAll(/["\\]/g, "\\$&")}"`;
}

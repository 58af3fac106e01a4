import { KasaneError } from "../lib/mod.ts";
import { dockerHubKey } from "./auth-file.ts";
import { checkHost, isDockerHub } from "./host.ts";

/** What somebody logs in to: a registry, or a namespace of one. */
export interface LoginServer {
  /** As a client is made for it. */
  readonly host: string;
  /** Under which a login is kept: Docker Hub has one of its own. */
  readonly key: string;
  /** The namespace or repository behind the host, as podman has it. */
  readonly namespace?: string;
}

/**
 * `HOST[:PORT][/NAMESPACE]` as people type it, with what they copy from a browser or an old guide: a scheme, an API version. Absent:
 * Docker Hub.
 * @throws KasaneError `invalid-reference`
 */
export function parseLoginServer(text?: string): LoginServer {
  if (text === undefined) return { host: "docker.io", key: dockerHubKey };
  const bare = text.replace(/^https?:\/\//, "").replace(/(\/v[12])?\/*$/, "");
  const slash = bare.indexOf("/");
  const typed = (slash < 0 ? bare : bare.slice(0, slash)).toLowerCase();
  const host = isDockerHub(checkHost(typed)) ? "docker.io" : typed;
  if (slash < 0) return { host, key: host === "docker.io" ? dockerHubKey : host };
  const namespace = bare.slice(slash + 1);
  if (!/^[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/.test(namespace)) {
    throw new KasaneError("invalid-reference", `${JSON.stringify(text.slice(0, 256))} is not a registry`, {
      hint: "name a registry, or a namespace or repository of one without its tag: quay.io/myorg",
    });
  }
  return { host, key: `${host}/${namespace}`, namespace };
}

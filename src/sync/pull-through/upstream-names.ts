import { KasaneError } from "../../lib/mod.ts";
import { namePattern } from "../../oci/mod.ts";
import { isRepositoryName, RegistryFailure, type UpstreamQuestion } from "../../registry/mod.ts";
import type { UpstreamConfig } from "../upstream-config.ts";
import { upstreamAddress } from "./upstream-address.ts";

/** The upstream behind a repository here, and what the repository is called there. */
export interface UpstreamRepository {
  readonly config: UpstreamConfig;
  readonly remote: string;
}

const rememberedLimit = 10_000;

/** Which repositories here stand for which ones elsewhere. Names only: nothing is asked. */
export class UpstreamNames {
  /** Longest prefix first. */
  readonly #mirrors: readonly {
    readonly config: UpstreamConfig;
    readonly allows: (remote: string) => boolean;
  }[];
  readonly #byNamespace = new Map<string, UpstreamConfig>();
  readonly #byHost = new Map<string, UpstreamConfig>();
  readonly #found = new Map<string, UpstreamRepository | undefined>();

  /** @throws KasaneError `usage` where two upstreams claim the same prefix, namespace or host */
  constructor(upstreams: readonly UpstreamConfig[]) {
    this.#mirrors = upstreams
      .map((config) => ({ config, allows: anyOf(config.only) }))
      .toSorted((a, b) => b.config.prefix.length - a.config.prefix.length);
    const prefixes = new Map<string, UpstreamConfig>();
    for (const config of upstreams) {
      claim(prefixes, config.prefix, config, "prefix");
      for (const name of config.namespaces) claim(this.#byNamespace, name.toLowerCase(), config, "namespace");
      for (const host of config.hosts) claim(this.#byHost, host.toLowerCase(), config, "host");
    }
    // What is called after its registry needs no namespace to be written down.
    for (const config of upstreams) {
      const namespace = ownNamespace(config);
      if (!this.#byNamespace.has(namespace)) this.#byNamespace.set(namespace, config);
    }
  }

  /** The upstream with the longest prefix, unless it may not be asked for this repository. */
  find(repository: string): UpstreamRepository | undefined {
    const known = this.#found.get(repository);
    if (known !== undefined || this.#found.has(repository)) return known;
    const found = this.#look(repository);
    if (this.#found.size >= rememberedLimit) this.#found.clear();
    this.#found.set(repository, found);
    return found;
  }

  /** See PullThrough.resolve(). @throws RegistryFailure NAME_UNKNOWN, NAME_INVALID */
  resolve(question: UpstreamQuestion): { repository: string; namespace: string } | undefined {
    const { repository, namespace } = question;
    if (namespace !== undefined) {
      const config = this.#byNamespace.get(namespace.toLowerCase());
      return config && { repository: this.#place(config, repository), namespace };
    }
    if (this.#byHost.size === 0 || question.host === undefined) return undefined;
    const config = this.#byHost.get(withoutPort(question.host));
    if (config === undefined) return undefined;
    // Locations and links of our own answers have the whole name already, and come back to the same host.
    const isWhole = config.prefix !== "" && repository.startsWith(`${config.prefix}/`);
    return {
      repository: isWhole ? repository : this.#place(config, repository),
      namespace: config.namespaces[0] ?? ownNamespace(config),
    };
  }

  #place(config: UpstreamConfig, remote: string): string {
    const repository = config.prefix === "" ? remote : `${config.prefix}/${remote}`;
    if (!isRepositoryName(repository)) {
      throw new RegistryFailure("NAME_INVALID", { message: `${config.prefix}/… is too long a name here` });
    }
    // Two upstreams must never share a repository: the tag of one would be served as the other's.
    if (this.#mirrorOf(repository)?.config !== config) {
      throw new RegistryFailure("NAME_UNKNOWN", {
        message: `${repository} is a mirror of another registry here`,
      });
    }
    return repository;
  }

  #mirrorOf(repository: string) {
    return this.#mirrors.find(
      ({ config: { prefix } }) => prefix === "" || repository.startsWith(`${prefix}/`),
    );
  }

  #look(repository: string): UpstreamRepository | undefined {
    const mirror = this.#mirrorOf(repository);
    if (mirror === undefined) return undefined;
    const { config } = mirror;
    const name = config.prefix === "" ? repository : repository.slice(config.prefix.length + 1);
    const remote = upstreamAddress(config).isDockerHub && !name.includes("/") ? `library/${name}` : name;
    return mirror.allows(remote) ? { config, remote } : undefined;
  }
}

function anyOf(patterns: readonly string[] | undefined): (name: string) => boolean {
  if (patterns === undefined) return () => true;
  const tests = patterns.map(namePattern);
  return (name) => tests.some((test) => test(name));
}

function claim(claims: Map<string, UpstreamConfig>, key: string, config: UpstreamConfig, what: string): void {
  const other = claims.get(key);
  if (other !== undefined && other !== config) {
    throw new KasaneError(
      "usage",
      `the upstreams ${other.name} and ${config.name} have the same ${what} ${JSON.stringify(key)}`,
      { hint: `give each upstream a ${what} of its own` },
    );
  }
  claims.set(key, config);
}

/** Clients say `docker.io`, whatever its API's host is called. */
function ownNamespace(config: UpstreamConfig): string {
  const { host, isDockerHub } = upstreamAddress(config);
  return isDockerHub ? "docker.io" : host.toLowerCase();
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}

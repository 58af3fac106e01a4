import type { Container, ContainerMount } from "../../container/mod.ts";
import { isKasaneError } from "../../lib/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import { type Filters, invalidValue, matchesLabels, namePattern } from "../filters.ts";

export const containerFilters = [
  ...[
    "ancestor",
    "before",
    "exited",
    "expose",
    "health",
    "id",
    "label",
    "label!",
    "name",
    "network",
    "publish",
    "since",
    "status",
    "volume",
  ],
] as const;

const states = ["created", "restarting", "running", "removing", "paused", "exited", "dead"];

/** What `ps` and docker call the state of a container. */
export function stateOf({ state }: Container): string {
  if (state.kind !== "running") return state.kind;
  return state.restartingAfter !== undefined ? "restarting" : state.isPaused ? "paused" : "running";
}

const healths = ["starting", "healthy", "unhealthy", "none"];

function healthOf({ state }: Container): string {
  return (state.kind === "running" || state.kind === "exited" ? state.health?.status : undefined) ?? "none";
}

/** True where a filter speaks of containers that do not run: then they are looked at without -a. */
export function asksForEnded(filters: Filters): boolean {
  return filters.has("status") || filters.has("exited");
}

/**
 * Those of `containers` that match: one value of each filter, and every label.
 * @throws KasaneError `usage`, `not-found` for what `before` and `since` name
 */
export async function selectContainers(
  store: LocalStore,
  containers: readonly Container[],
  filters: Filters,
): Promise<Container[]> {
  const tests = [
    ...statusTests(filters),
    ...identityTests(filters),
    ...portTests(filters),
    ...(await orderTests(store, filters)),
    ...(await ancestorTests(store, filters)),
  ];
  const chosen: Container[] = [];
  for (const container of containers) {
    const outcomes = await Promise.all(tests.map((test) => test(container)));
    if (outcomes.every(Boolean)) chosen.push(container);
  }
  return chosen;
}

type Test = (container: Container) => boolean | Promise<boolean>;

function statusTests(filters: Filters): Test[] {
  const [status, exited] = [filters.get("status"), filters.get("exited")];
  const unknown = status?.find((value) => !states.includes(value));
  if (unknown !== undefined) throw invalidValue("status", [unknown], `one of ${states.join(", ")}`);
  const health = filters.get("health");
  const unknownHealth = health?.find((value) => !healths.includes(value));
  if (unknownHealth !== undefined)
    throw invalidValue("health", [unknownHealth], `one of ${healths.join(", ")}`);
  const wrong = exited?.find((value) => !/^-?\d+$/.test(value));
  if (wrong !== undefined) throw invalidValue("exited", [wrong], "an exit code, for example exited=1");
  return [
    ...(status ? [(container: Container) => status.includes(stateOf(container))] : []),
    ...(health ? [(container: Container) => health.includes(healthOf(container))] : []),
    ...(exited
      ? [({ state }: Container) => state.kind === "exited" && exited.includes(String(state.exitCode ?? 255))]
      : []),
  ];
}

function identityTests(filters: Filters): Test[] {
  const [ids, names, networks] = [filters.get("id"), filters.get("name"), filters.get("network")];
  const volumes = filters.get("volume");
  const patterns = names?.map(namePattern);
  return [
    ({ settings }) => matchesLabels(filters, settings.config.Labels ?? {}),
    ...(ids ? [({ id }: Container) => ids.some((start) => id.startsWith(start))] : []),
    // The slash is what docker's daemon puts before names.
    ...(patterns
      ? [({ name }: Container) => patterns.some((one) => one.test(name) || one.test(`/${name}`))]
      : []),
    ...(volumes
      ? [({ settings }: Container) => settings.mounts.some((mount) => isNamed(mount, volumes))]
      : []),
    ...(networks ? [(container: Container) => networks.some((one) => isIn(container, one))] : []),
  ];
}

/** By a volume's name, the source of a bind mount, or where it is inside. */
function isNamed(mount: ContainerMount, wanted: readonly string[]): boolean {
  const source = mount.kind === "volume" ? mount.name : mount.kind === "bind" ? mount.source : mount.target;
  return wanted.includes(source) || wanted.includes(mount.target);
}

/** Also by another program's word for the network that a container has of its own. */
function isIn({ settings, state }: Container, network: string): boolean {
  const running = state.kind === "running" ? (state.network?.memberships ?? []) : [];
  return (
    settings.network === (network === "bridge" ? "private" : network) ||
    (settings.connection?.memberships ?? []).some((one) => one.network === network) ||
    running.some(({ networkId }) => network.length >= 12 && networkId.startsWith(network))
  );
}

/** Ports as docker's filters have them: `80`, `80/udp`, `8000-8080/tcp`. */
function portTests(filters: Filters): Test[] {
  const tests: Test[] = [];
  for (const name of ["expose", "publish"] as const) {
    const ranges = filters.get(name)?.map((text) => portRange(name, text));
    if (ranges === undefined) continue;
    tests.push((container) =>
      ranges.some(({ first, last, protocol }) =>
        portsFor(name, container).some(
          (port) => port.protocol === protocol && port.number >= first && port.number <= last,
        ),
      ),
    );
  }
  return tests;
}

function portRange(name: string, text: string): { first: number; last: number; protocol: string } {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/.exec(text);
  if (match === null) throw invalidValue(name, [text], "a port, for example 80, 53/udp or 8000-8080");
  return { first: Number(match[1]), last: Number(match[2] ?? match[1]), protocol: match[3] ?? "tcp" };
}

function portsFor(name: "expose" | "publish", { settings, state }: Container) {
  const published = state.kind === "running" ? (state.network?.ports ?? []) : [];
  if (name === "publish")
    return published.map(({ hostPort, protocol }) => ({ number: hostPort, protocol: protocol as string }));
  const exposed = state.kind === "running" ? Object.keys(settings.config.ExposedPorts ?? {}) : [];
  return exposed.map((key) => ({ number: Number.parseInt(key, 10), protocol: key.split("/")[1] ?? "tcp" }));
}

async function orderTests(store: LocalStore, filters: Filters): Promise<Test[]> {
  const { getContainer } = await import("../../container/mod.ts");
  const tests: Test[] = [];
  for (const name of filters.get("before") ?? []) {
    const { createdAtMs } = await getContainer(store, name);
    tests.push((container) => container.createdAtMs < createdAtMs);
  }
  for (const name of filters.get("since") ?? []) {
    const { createdAtMs } = await getContainer(store, name);
    tests.push((container) => container.createdAtMs > createdAtMs);
  }
  return tests;
}

/** Containers of an image, and of those that were made from it: their layers begin with its. */
async function ancestorTests(store: LocalStore, filters: Filters): Promise<Test[]> {
  const wanted = filters.get("ancestor");
  if (wanted === undefined) return [];
  const ancestors = (await Promise.all(wanted.map((name) => layersOf(store, name)))).filter(
    (layers) => layers !== undefined,
  );
  return [
    async ({ manifest, settings }) => {
      if (wanted.includes(settings.image)) return true;
      const own = await layersOf(store, manifest);
      return ancestors.some((layers) => layers.every((layer, index) => own?.[index] === layer));
    },
  ];
}

/** undefined where there is no such image: no container is of it. */
async function layersOf(store: LocalStore, name: string): Promise<readonly Digest[] | undefined> {
  try {
    return (await store.find(name)).config.rootfs.diff_ids;
  } catch (error) {
    if (isKasaneError(error)) return undefined;
    throw error;
  }
}

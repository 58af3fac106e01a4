import { KasaneError } from "../../lib/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import { type Container, type ContainerSettings, encodeContainer } from "../container.ts";
import { containerDirectory } from "../container-directory.ts";
import { callSupervisor } from "../supervise/control-client.ts";
import type { ControlRequest } from "../supervise/request.ts";
import type { Membership } from "./connection.ts";
import { getNetwork } from "./networks.ts";

/**
 * Makes a container a member of a network, at once where it runs.
 * @throws KasaneError `not-found`, `conflict`
 */
export async function connectContainer(
  store: LocalStore,
  container: Container,
  membership: Membership,
): Promise<void> {
  const { name, settings } = container;
  const network = getNetwork(store, membership.network).name;
  if (["host", "none"].includes(settings.network) || settings.network.startsWith("container:")) {
    throw new KasaneError(
      "conflict",
      `container ${name} cannot be connected to network ${network}: it has no network of its own`,
      { hint: `make it again without --network ${settings.network}`, data: { exitCode: 1 } },
    );
  }
  if (settings.connection?.memberships?.some((one) => one.network === network)) {
    throw new KasaneError("conflict", `endpoint with name ${name} already exists in network ${network}`, {
      hint: `'kasane network inspect ${network}' lists its containers`,
      data: { exitCode: 1 },
    });
  }
  const joining = { ...membership, network };
  if (container.state.kind === "running") await ask(store, container, { do: "join", membership: joining });
  else await change(store, container, withMembership(settings, joining));
}

/** @throws KasaneError `not-found` */
export async function disconnectContainer(
  store: LocalStore,
  container: Container,
  network: string,
): Promise<void> {
  if (!container.settings.connection?.memberships?.some((one) => one.network === network)) {
    throw new KasaneError("not-found", `container ${container.name} is not connected to network ${network}`, {
      hint: `'kasane network inspect ${network}' lists its containers`,
      data: { exitCode: 1 },
    });
  }
  if (container.state.kind === "running") await ask(store, container, { do: "leave", network });
  else await change(store, container, withoutMembership(container.settings, network));
}

async function ask(store: LocalStore, { id }: Container, request: ControlRequest): Promise<void> {
  const call = await callSupervisor(containerDirectory(store, id), request);
  await call.answered;
}

async function change(store: LocalStore, container: Container, settings: ContainerSettings): Promise<void> {
  await store.meta.containers.update(container.id, encodeContainer({ ...container, settings }));
}

export function withMembership(settings: ContainerSettings, membership: Membership): ContainerSettings {
  const memberships = [...(settings.connection?.memberships ?? []), membership];
  return { ...settings, connection: { ...settings.connection, memberships } };
}

export function withoutMembership(settings: ContainerSettings, network: string): ContainerSettings {
  const memberships = (settings.connection?.memberships ?? []).filter((one) => one.network !== network);
  return { ...settings, connection: { ...settings.connection, memberships } };
}

/** Containers that are members of the network, whether they run or not. */
export function isMember({ settings }: Pick<Container, "settings">, network: string): boolean {
  return settings.connection?.memberships?.some((one) => one.network === network) ?? false;
}

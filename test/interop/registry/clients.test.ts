/** Clients of other people with Kasane's registry: what each has commands for, in every setting of the registry. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { missing } from "../../outside.ts";
import { type Scratch, scratch } from "../peers.ts";
import {
  type Client,
  makeWorld,
  type Opened,
  operations,
  type Place,
  strangerIn,
  type World,
} from "./client-world.ts";
import { cosign } from "./clients/cosign.ts";
import { crane } from "./clients/crane.ts";
import { docker } from "./clients/docker.ts";
import { oras } from "./clients/oras.ts";
import { podman } from "./clients/podman.ts";
import { regctl } from "./clients/regctl.ts";
import { skopeo } from "./clients/skopeo.ts";
import { type RunningRegistry, settings } from "./setting.ts";

const clients: Client[] = [crane, oras, regctl, skopeo, podman, docker, cosign];
/** Each in the words of the client, which say what the registry has said. */
const refusal =
  /unauthorized|authentication required|access to the resource is denied|wrong user name or password|invalid username\/password|no basic auth credentials|basic credential not found|403:? \(?forbidden/i;
/** Programs wait before they try again. A test that is ended takes the registry with it. */
const patienceMs = 30_000;

let directory: Scratch;
beforeAll(async () => {
  directory = await scratch("clients");
});
afterAll(() => directory[Symbol.asyncDispose]());

describe.each(settings.map((setting) => [setting.name, setting] as const))("over %s", (name, setting) => {
  let registry: RunningRegistry;
  const at = (...names: string[]) => join(directory.path, name.replaceAll(/\W+/g, "-"), ...names);
  const isMissing = missing(...(setting.programs ?? []));
  beforeAll(async () => {
    if (isMissing) return;
    await mkdir(at(), { recursive: true });
    registry = await setting.start(at());
  });
  afterAll(() => registry?.[Symbol.asyncDispose]());

  describe.each(clients.map((client) => [client.name, client] as const))("%s", (_, client) => {
    const isSkipped =
      isMissing || missing(...client.programs) || (client.needsRoot === true && process.getuid?.() !== 0);
    let world: World;
    let opened: Opened | undefined;
    let count = 0;
    beforeAll(async () => {
      if (isSkipped) return;
      await mkdir(at(client.name));
      world = await makeWorld(registry, at(client.name));
      opened = await client.open(world);
    });
    afterAll(() => opened?.[Symbol.asyncDispose]());

    test.skipIf(isSkipped).each(operations.filter((operation) => operation in client.does))(
      "%s",
      async (operation) => {
        await client.does[operation]!(opened!, placed(world, `team/${client.name}-${count++}`));
      },
      patienceMs,
    );

    test.skipIf(isSkipped).each(
      (setting.trials ?? []).map((trial) => {
        const { who, does, repository, isAllowed } = trial;
        return [`${who} ${isAllowed ? "may" : "may not"} ${does} ${repository}`, trial] as const;
      }),
    )(
      "%s",
      async (_, { who, does, repository, isAllowed }) => {
        const theirs = await strangerIn(world, at(client.name, `as-${count++}`));
        const other = await client.as(opened!, theirs);
        const below = does === "push" ? `${repository}/${client.name}-${count}` : repository;
        const outcome = async () => {
          const login = registry.logins?.[who];
          if (login) await client.login(other, theirs, login);
          await client[does](other, placed(theirs, below));
        };
        if (isAllowed) await outcome();
        else await expect(outcome()).rejects.toThrow(refusal);
      },
      patienceMs,
    );

    function placed(where: World, name: string): Place {
      let files = 0;
      const fresh = (file: string) => at(client.name, `${count}-${files++}-${file}`);
      return { ...where, repository: `${registry.host}/${name}`, fresh };
    }
  });
});

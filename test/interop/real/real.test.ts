/** Kasane and the real programs agree about a Debian image with every trap of layers in it, whichever way it went between them. */
import { afterAll, afterEach, beforeAll, describe } from "bun:test";
import { missing } from "../../outside.ts";
import { archives } from "./archives.ts";
import { guide } from "./guide.ts";
import { platforms } from "./platforms.ts";
import { registries } from "./registries.ts";
import { trees } from "./trees.ts";
import { users } from "./users.ts";
import { createWorld, type World } from "./world.ts";

const programs = ["skopeo", "umoci", "podman", "runc", "docker", "dockerd", "docker-registry", "debootstrap"];
const isMissing = missing(...programs) || process.getuid?.() !== 0;

describe.skipIf(isMissing)("on real input", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  }, 300_000);
  afterEach(() => world?.removeFresh());
  afterAll(() => world?.[Symbol.asyncDispose](), 60_000);

  registries(() => world, ["kasane serve", "docker-registry"]);
  archives(() => world);
  platforms(() => world);
  trees(() => world);
  users(() => world);
  guide(() => world);
});

/** An ordinary user builds the same image, and has the same file system in a container. */
import { describe, expect, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeModes, tellMissing } from "../../e2e/sandbox/modes.ts";
import { kasane as program, runOk } from "../../outside.ts";
import { treeDifference, treeOf } from "../../trees.ts";
import { scratch } from "../peers.ts";
import { writeContext } from "./context.ts";
import { extract, kasaneAt, toolsName, type World } from "./world.ts";

export function users(world: () => World): void {
  const modes = makeModes();
  const { user } = modes.find(({ name }) => name === "subordinate uids") ?? {};
  tellMissing(modes);
  if (user)
    describe("an ordinary user", () => {
      test("pulls, builds what root builds, and runs it", async () => {
        const { uid, gid } = user;
        const { kasane, fresh, registries } = world();
        await using directory = await scratch("user");
        const at = (name: string) => join(directory.path, name);
        chmodSync(directory.path, 0o755);
        mkdirSync(at("home"));
        chownSync(at("home"), uid, gid);
        await writeContext(at("context"), { forUsers: true });
        await runOk(["chown", "-R", `${uid}:${gid}`, at("context")]);
        await kasane("build", "-t", "localhost/for-users:v1", at("context"));

        const asUser = [
          "setpriv",
          `--reuid=${uid}`,
          `--regid=${gid}`,
          "--init-groups",
          "--inh-caps=-all",
          "--",
        ];
        const theirs = kasaneAt(at("home/store"), {
          argv: [...asUser, program],
          cwd: at("home"),
          env: { HOME: at("home") },
        });
        const tools = `${registries[0]!.host}/tools:v1`;
        await kasane("tag", toolsName, tools);
        await kasane("push", "--quiet", tools);
        await theirs("pull", "--quiet", tools);
        await theirs("tag", tools, toolsName);
        await theirs("build", "-t", "localhost/for-users:v1", at("context"));
        const identity = await kasane.identity("localhost/for-users:v1");
        expect(await theirs.identity("localhost/for-users:v1")).toEqual(identity);

        const script = "id -u; stat -c '%u %a' /odd/capable; getcap /odd/capable";
        expect(await theirs("run", "--name", "seen", "localhost/for-users:v1", "sh", "-c", script)).toBe(
          "0\n33 4755\n/odd/capable cap_net_bind_service,cap_net_raw=ep\n",
        );
        await theirs("export", "-o", at("home/container.tar"), "seen");
        await kasane("export", "-o", at("image.tar"), "localhost/for-users:v1");
        const trees = [
          await extract(at("home/container.tar"), fresh("container")),
          await extract(at("image.tar"), fresh("image")),
        ].map((path) => treeOf(path, { times: "nanoseconds" }).filter((line) => !line.startsWith('"/" ')));
        expect(treeDifference(trees[0]!, trees[1]!)).toEqual([]);
        // What was unpacked belongs to users that only the owner of the namespace may remove.
        await runOk([...asUser, program, "unshare", "rm", "-rf", at("home/store")], { cwd: at("home") });
      });
    });
}

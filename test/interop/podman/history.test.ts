/** What made an image: podman and Kasane tell the same steps of the same image. */
import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kasane, missing, run, runOk } from "../../outside.ts";
import { podman, removePodmanStorage, scratch } from "../peers.ts";

const skip = test.skipIf(missing("podman"));

const dockerfile = `FROM base:1
LABEL stage=new
ENV A="two words"
COPY file /srv/
WORKDIR /srv
CMD ["a"]
`;

skip("history: the same steps, times and comments, newest first", async () => {
  await using directory = await scratch("podman-history");
  const at = (name: string) => join(directory.path, name);
  const engine = await podman(at("podman"));
  const make = (...argv: string[]) =>
    runOk([kasane, "--root", at("made"), ...argv], { env: { SOURCE_DATE_EPOCH: "1600000000" } });
  const ours = (...argv: string[]) => run([kasane, "--root", at("store"), ...argv]);
  const theirs = (...argv: string[]) => run([...engine.argv, ...argv], { env: engine.env });
  try {
    mkdirSync(at("root"));
    writeFileSync(at("root/data"), "x".repeat(1000));
    writeFileSync(at("file"), "y");
    writeFileSync(at("Dockerfile"), dockerfile);
    await make("import", "-m", "a root", at("root"), "base:1");
    await make("build", "-q", "-t", "app:1", directory.path);
    await make("save", "-o", at("app.tar"), "app:1");
    await engine("load", "-q", "-i", at("app.tar"));
    expect((await ours("load", "-q", "-i", at("app.tar"))).code).toBe(0);

    for (const flags of [[], ["--no-trunc"], ["-H=false"]]) {
      // podman's sizes are those of the tars, and it gives IDs to images that never were.
      for (const format of ["{{.CreatedBy}}|{{.Comment}}", "{{.CreatedSince}}"]) {
        if (format === "{{.CreatedSince}}" && flags.includes("-H=false")) continue;
        const argv = ["history", ...flags, "--format", format, "app:1"];
        const [mine, other] = await Promise.all([ours(...argv), theirs(...argv)]);
        expect({ argv, code: mine.code, out: mine.out }).toEqual({ argv, code: other.code, out: other.out });
        expect(mine.out.trim().split("\n")).toHaveLength(6);
      }
    }
    const [mine, other] = await Promise.all([
      ours("history", "-q", "app:1"),
      theirs("history", "-q", "app:1"),
    ]);
    expect(mine.out.split("\n")[0]!).toBe(other.out.split("\n")[0]!);

    const exact = await theirs("history", "-H=false", "app:1");
    const times = (text: string) => text.match(/\d{4}-\d\d-\d\dT\S+/g);
    expect(times((await ours("history", "-H=false", "app:1")).out)).toEqual(times(exact.out));

    const [none, theirNone] = await Promise.all([ours("history", "nothing"), theirs("history", "nothing")]);
    expect([none.code, none.out, theirNone.code, theirNone.out]).toEqual([1, "", 125, ""]);
  } finally {
    await removePodmanStorage(at("podman"));
  }
});

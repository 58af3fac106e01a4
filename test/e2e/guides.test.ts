/** Real input: a Debian root file system and the Dockerfiles of the guides, built as they are written. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { debianRoot } from "../debian-root.ts";
import {
  arePeersRequired,
  guideDockerfiles,
  guidesDirectory,
  hasPrograms,
  kasane,
  runOk,
} from "../outside.ts";

const isRoot = process.getuid?.() === 0;
const isMissing = !arePeersRequired && !(isRoot && hasPrograms("debootstrap"));

describe.skipIf(isMissing || guidesDirectory === undefined)("the guides' Dockerfiles", () => {
  let work: string;
  const run = (...args: string[]) => runOk([kasane, "--root", join(work, "store"), ...args]);

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), "kasane-guides-"));
    await run("import", await debianRoot(), "debian:bookworm-slim");
  }, 300_000);
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  test("the imported root file system is an image that runs", async () => {
    expect(await run("run", "--rm", "debian:bookworm-slim", "cat", "/etc/debian_version")).toMatch(/^12\./);
  }, 120_000);

  test("the fifth guide: nginx from Debian's packages", async () => {
    const dockerfile = guideDockerfiles("004_6483d52c93818dc9.txt").find((text) => text.includes("nginx"))!;
    const context = join(work, "nginx");
    mkdirSync(context);
    writeFileSync(join(context, "Dockerfile"), dockerfile);
    const configuration = "events {}\nhttp { server { listen 127.0.0.1:8099; } }\n";
    writeFileSync(join(context, "nginx.conf"), configuration);
    await run("build", "-t", "nginx-guide", context);
    expect(await run("run", "--rm", "nginx-guide", "cat", "/etc/nginx/nginx.conf")).toBe(configuration);
    await run("run", "--rm", "nginx-guide", "nginx", "-t");
    const [image] = JSON.parse(await run("inspect", "nginx-guide"));
    expect(image.Config.ExposedPorts).toEqual({ "80/tcp": {} });
    expect(image.Config.Cmd).toEqual(["nginx", "-g", "daemon off;"]);
    expect(image.RootFS.Layers).toHaveLength(3);
  }, 300_000);

  test("the third guide: three stages of Node", async () => {
    await buildNodeBase(work, run);
    const dockerfile = guideDockerfiles("002_0153298cbe8407a8.txt").find((text) =>
      text.includes("AS runtime"),
    )!;
    const context = join(work, "node-app");
    mkdirSync(join(context, "src"), { recursive: true });
    writeFileSync(join(context, "Dockerfile"), dockerfile);
    writeFileSync(
      join(context, "package.json"),
      JSON.stringify({
        name: "app",
        version: "1.0.0",
        scripts: { build: "mkdir -p dist && cp src/index.js dist/" },
        dependencies: { "is-number": "7.0.0" },
        devDependencies: { "is-odd": "3.0.1" },
      }),
    );
    writeFileSync(
      join(context, "src/index.js"),
      "console.log(require('is-number')(process.argv.length), process.getuid(), process.cwd());\n",
    );
    await runOk(["npm", "install", "--package-lock-only", "--no-audit", "--no-fund"], { cwd: context });
    await run("build", "-t", "node-guide", context);
    expect(await run("run", "--rm", "node-guide")).toBe("true 1001 /app\n");
    expect(await run("run", "--rm", "--entrypoint", "ls", "node-guide", "node_modules")).toBe("is-number\n");
  }, 300_000);
});

/**
 * `node:18-alpine` as far as the guide's Dockerfile sees it: node and npm of this machine on Debian, and Alpine's words for adding
 * packages, groups and users.
 */
async function buildNodeBase(work: string, run: (...args: string[]) => Promise<string>): Promise<void> {
  const context = join(work, "node-base");
  mkdirSync(join(context, "bin"), { recursive: true });
  const node = realpathSync(Bun.which("node")!);
  const npm = dirname(dirname(realpathSync(Bun.which("npm")!)));
  cpSync(node, join(context, "bin/node"));
  cpSync(npm, join(context, "npm"), { recursive: true });
  const authorities = "/etc/ssl/certs/ca-certificates.crt";
  if (existsSync(authorities)) cpSync(authorities, join(context, "authorities.crt"));
  else writeFileSync(join(context, "authorities.crt"), "");
  const script = (name: string, body: string) =>
    writeFileSync(join(context, "bin", name), `#!/bin/sh\nset -e\n${body}\n`, { mode: 0o755 });
  script(
    "apk",
    'shift\n[ "$1" = --no-cache ] && shift\napt-get update && apt-get install -y --no-install-recommends "$@"',
  );
  script(
    "addgroup",
    'while getopts "g:S" o; do [ $o = g ] && gid="-g $OPTARG"; done\nshift $((OPTIND - 1))\nexec groupadd $gid "$1"',
  );
  script(
    "adduser",
    'name=\nwhile [ $# -gt 0 ]; do case $1 in -S) ;; -u) uid="-u $2"; shift ;; -G) group="-g $2"; shift ;; *) name=$1 ;; esac; shift; done\n[ -n "$group" ] || group=-N\nexec useradd $uid $group "$name"',
  );
  writeFileSync(
    join(context, "Dockerfile"),
    `FROM debian:bookworm-slim
COPY bin /usr/local/bin
COPY npm /usr/local/lib/node_modules/npm
COPY authorities.crt /etc/ssl/certs/ca-certificates.crt
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && node --version && npm --version
`,
  );
  await run("build", "-t", "node:18-alpine", context);
}

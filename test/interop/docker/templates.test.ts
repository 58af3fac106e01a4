/**
 * The docker CLI and Kasane render the same templates over the same things: docker's answers from its daemon, and here what they are made of.
 * Byte for byte, errors and exit codes included. What differs is named in `sameWords`.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { containerInspect } from "../../../src/cli/format/container-type.ts";
import { imageInspect } from "../../../src/cli/format/image-type.ts";
import { formatObject } from "../../../src/cli/format/object-format.ts";
import { type RowFormat, writeRows } from "../../../src/cli/format/row-format.ts";
import { isKasaneError, mapConcurrent } from "../../../src/lib/mod.ts";
import type { GoType } from "../../../src/template/mod.ts";
import { missing, run } from "../../outside.ts";
import { type DockerDaemon, type Scratch, scratch, startDockerd } from "../peers.ts";
import {
  containerRowTemplates,
  containerTemplates,
  historyRowTemplates,
  imageRowTemplates,
  inspectTemplates,
} from "./template-cases.ts";

const isMissing = missing("docker", "dockerd", "busybox") || process.getuid?.() !== 0;
/** A client of 2025, where there is one. */
const newerClient = "/usr/local/bin/docker";
let directory: Scratch;
let daemon: DockerDaemon;

const dockerfile = `FROM base
LABEL a=1 org.x="<b>&"
ENV A=1 B="two words"
EXPOSE 80/tcp 443
VOLUME /data
WORKDIR /srv
USER app:grp
COPY hello /srv/
HEALTHCHECK --interval=30s --timeout=1m CMD ["x"]
ENTRYPOINT ["/bin/sh","-c"]
CMD ["echo hi"]
`;

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("docker-templates");
  daemon = await startDockerd();
  const context = join(directory.path, "context");
  mkdirSync(join(context, "root/bin"), { recursive: true });
  writeFileSync(join(context, "hello"), "hello\n");
  writeFileSync(join(context, "root/bin/sh"), "#!/bin/true\n");
  writeFileSync(join(context, "Dockerfile"), dockerfile);
  Bun.spawnSync(["tar", "-C", join(context, "root"), "-cf", join(context, "base.tar"), "."]);
  await daemon.docker("import", join(context, "base.tar"), "base:latest");
  await daemon.docker("build", "-q", "-t", "app:v1", context);
  await daemon.docker("tag", "app:v1", "localhost:5000/some/where/with-a-long-name:v2");
  const create = [
    "create",
    "--name",
    "one",
    "--network",
    "none",
    "--label",
    "a=x",
    "-e",
    "A=1",
    "-v",
    "/data",
  ];
  await daemon.docker(...create, "base:latest", "sh", "-c", "echo hi");
}, 120_000);

afterAll(async () => {
  if (isMissing) return;
  await daemon[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

type Render = (template: string) => Outcome;

/** What Kasane makes of a template, in the way a command would show it. */
function outcome(work: (out: (text: string) => void) => void, emptyOut = ""): Outcome {
  let out = "";
  try {
    work((text) => {
      out += text;
    });
    return { code: 0, out, err: "" };
  } catch (error) {
    if (!isKasaneError(error, "usage")) throw error;
    return {
      code: Number(error.data.exitCode),
      out: error.data.exitCode === 1 ? emptyOut : "",
      err: error.message,
    };
  }
}

function inspected(json: unknown, type: GoType): Render {
  // Where nothing could be rendered docker ends its empty output with a line end.
  return (template) => outcome((out) => out(`${formatObject(template, json, type, { raw: json })}\n`), "\n");
}

/** Rows as docker tells them as JSON. */
function listed(rows: readonly Record<string, string>[], kind: RowFormat<Record<string, string>>): Render {
  return (format) => outcome((out) => writeRows({ out }, rows, kind, { format }));
}

function rowFormat(
  typeName: string,
  headers: Record<string, string>,
  rows: readonly Record<string, string>[],
): RowFormat<Record<string, string>> {
  const fields = Object.keys(rows[0]!).map((name) => [
    name,
    { header: headers[name] ?? name, value: (row: Record<string, string>) => row[name] },
  ]);
  return { typeName, fields: Object.fromEntries(fields), table: "" };
}

/** Where things lie in memory, how long ago something was, and words that changed between versions. */
function sameWords({ code, out, err }: Outcome, options: { isUnordered?: boolean }): Outcome {
  const text = out
    .replaceAll(/0xc[0-9a-f]{9}\b/g, "0xADDRESS")
    .replaceAll(/(\d+|Less than a|About an?) (second|minute)s? ago/g, "AGO");
  return {
    code,
    // The names of one image come in any order.
    out: options.isUnordered ? text.split("\n").sort().join("\n") : text,
    err: err
      .trimEnd()
      // Go names the types since 1.25.
      .replace(/(incompatible types for comparison): .*/, "$1")
      // `ps` tries a template once more than others, before it asks the daemon.
      .replace("failed to execute template: ", "template parsing error: "),
  };
}

/** What one of the versions does otherwise, and why. */
const except = {
  docker: [
    // Written with Go 1.19.
    /^\{\{(print 1\)|call \.Os)\}\}$/,
    // Since docker 29 it joins lists of any type.
    /join \.Config\.Env 1/,
  ],
  [newerClient]: [
    /join \.Config\.Env 1/,
    // It reads an image's config into the types of the OCI, which have not all that docker's had.
    /BaseLayer|StopTimeout|\.RootFS\}|\{\{\.\}\}|json \.(Config)?\}|\| json|Healthcheck\}|ExposedPorts "80|\$p\.Port/,
  ],
} as const;

/** The templates whose outcome differs, with both. */
async function differences(
  docker: readonly string[],
  templates: readonly string[],
  render: Render,
  options: { isUnordered?: boolean } = {},
) {
  const outcomes = await mapConcurrent(templates, 4, async (template) => {
    const argv = docker.map((word) => (word === "TEMPLATE" ? template : word));
    const theirs = await run(argv, { env: daemon.docker.env });
    return { template, docker: sameWords(theirs, options), kasane: sameWords(render(template), options) };
  });
  return outcomes
    .map(({ template, docker: theirs, kasane }) => [template, JSON.stringify(theirs), JSON.stringify(kasane)])
    .filter(([, theirs, kasane]) => theirs !== kasane);
}

const clients = ["docker", newerClient] as const;

describe.skipIf(isMissing).each(clients)("%s", (client) => {
  const argv = (...words: string[]) =>
    client === "docker"
      ? [...daemon.docker.argv, ...words]
      : [client, ...daemon.docker.argv.slice(1), ...words];
  const there = test.skipIf(client !== "docker" && !existsSync(client));

  there(
    "image inspect",
    async () => {
      const [json] = JSON.parse(await daemon.docker("image", "inspect", "app:v1"));
      const docker = argv("image", "inspect", "--format", "TEMPLATE", "app:v1");
      const templates = inspectTemplates.filter(
        (template) => !except[client].some((one) => one.test(template)),
      );
      expect(templates.length).toBeGreaterThan(300);
      expect(await differences(docker, templates, inspected(json, imageInspect))).toEqual([]);
    },
    120_000,
  );

  there(
    "container inspect",
    async () => {
      const [json] = JSON.parse(await daemon.docker("container", "inspect", "one"));
      const docker = argv("container", "inspect", "--format", "TEMPLATE", "one");
      expect(await differences(docker, containerTemplates, inspected(json, containerInspect))).toEqual([]);
    },
    120_000,
  );

  there(
    "images",
    async () => {
      const rows = await rowsOf("images");
      const kind = rowFormat("*formatter.imageContext", imageHeaders, rows);
      const docker = argv("images", "--format", "TEMPLATE");
      const found = await differences(docker, imageRowTemplates, listed(rows, kind), { isUnordered: true });
      expect(found).toEqual([]);
    },
    120_000,
  );

  there(
    "history",
    async () => {
      const rows = await rowsOf("history", "app:v1");
      const kind = rowFormat("*image.historyContext", historyHeaders, rows);
      const docker = argv("history", "--format", "TEMPLATE", "app:v1");
      expect(await differences(docker, historyRowTemplates, listed(rows, kind))).toEqual([]);
    },
    120_000,
  );

  there(
    "ps",
    async () => {
      const rows = await rowsOf("ps", "-a");
      const kind = rowFormat("*formatter.ContainerContext", containerHeaders, rows);
      const Label = { takesArgument: true, value: (_: unknown, name?: string) => (name === "a" ? "x" : "") };
      const withLabel = { ...kind, fields: { ...kind.fields, Label } };
      const docker = argv("ps", "-a", "--format", "TEMPLATE");
      // Newer clients tell a platform as well.
      const templates = containerRowTemplates.filter((each) => client === "docker" || each !== "{{json .}}");
      expect(await differences(docker, templates, listed(rows, withLabel))).toEqual([]);
    },
    120_000,
  );
});

async function rowsOf(...command: string[]): Promise<Record<string, string>[]> {
  const text = await daemon.docker(...command, "--format", "{{json .}}");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const imageHeaders = {
  ID: "IMAGE ID",
  Repository: "REPOSITORY",
  Tag: "TAG",
  Digest: "DIGEST",
  CreatedSince: "CREATED",
  CreatedAt: "CREATED AT",
  Size: "SIZE",
  Containers: "CONTAINERS",
  VirtualSize: "SIZE",
  SharedSize: "SHARED SIZE",
  UniqueSize: "UNIQUE SIZE",
};
const historyHeaders = {
  ID: "IMAGE",
  CreatedSince: "CREATED",
  CreatedAt: "CREATED AT",
  CreatedBy: "CREATED BY",
  Size: "SIZE",
  Comment: "COMMENT",
};
const containerHeaders = {
  ID: "CONTAINER ID",
  Names: "NAMES",
  Image: "IMAGE",
  Command: "COMMAND",
  CreatedAt: "CREATED AT",
  RunningFor: "CREATED",
  Ports: "PORTS",
  State: "STATE",
  Status: "STATUS",
  Size: "SIZE",
  Labels: "LABELS",
  Mounts: "MOUNTS",
  LocalVolumes: "LOCAL VOLUMES",
  Networks: "NETWORKS",
};

/** The third guide's variables, given to docker-registry and to Kasane: what programs and people notice of the answers is the same. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { missing, runOk } from "../../outside.ts";
import { type ServeProcess, startServe } from "../../serve-process.ts";
import { peer, type RegistryDaemon, type Scratch, scratch, startDockerRegistry } from "../peers.ts";

const isMissing = missing("docker-registry", "htpasswd");
const realm = 'Basic realm="Registry Realm"';
const zeros = `sha256:${"0".repeat(64)}`;

/** Authorization headers. */
const credentials = {
  right: basic("testuser:testpassword"),
  wrong: basic("testuser:wrong"),
  unknown: basic("somebody:testpassword"),
  empty: basic(":"),
  garbled: "Basic @@@",
  token: "Bearer something",
} as const;
type Who = keyof typeof credentials | "nobody";

interface Answer {
  readonly status: number;
  /** Of the error in the body. */
  readonly code?: string | undefined;
  readonly challenge?: string | undefined;
}

interface Row {
  readonly who: Who;
  readonly request: string;
  /** Of both, where Kasane does not differ. */
  readonly theirs: Answer;
  /** With the reason. */
  readonly ours?: Answer & { readonly because: string };
}

const ok: Answer = { status: 200 };
const unauthorized: Answer = { status: 401, code: "UNAUTHORIZED", challenge: realm };
const unknownName: Answer = { status: 404, code: "NAME_UNKNOWN" };
const unknownManifest: Answer = { status: 404, code: "MANIFEST_UNKNOWN" };
const unknownBlob: Answer = { status: 404, code: "BLOB_UNKNOWN" };
const badName = {
  status: 400,
  code: "NAME_INVALID",
  because: "an error of the specification says more than a page that is not there",
};

/** For whoever may. */
const requests: Omit<Row, "who">[] = [
  { request: "GET /", theirs: ok },
  { request: "GET /v2/", theirs: ok },
  { request: "HEAD /v2/", theirs: ok },
  { request: "GET /v2/_catalog", theirs: ok },
  { request: "GET /v2/_catalog?n=2&last=a", theirs: ok },
  { request: "GET /v2/none/tags/list", theirs: unknownName },
  { request: "GET /v2/none/manifests/v1", theirs: unknownManifest },
  { request: "HEAD /v2/none/manifests/v1", theirs: { status: 404 } },
  { request: `GET /v2/none/manifests/${zeros}`, theirs: unknownManifest },
  { request: `GET /v2/none/blobs/${zeros}`, theirs: unknownBlob },
  { request: `HEAD /v2/none/blobs/${zeros}`, theirs: { status: 404 } },
  { request: `DELETE /v2/none/manifests/${zeros}`, theirs: unknownManifest },
  {
    request: "GET /v2/none/blobs/uploads/x",
    theirs: { status: 404, code: "BLOB_UPLOAD_INVALID" },
    ours: { status: 404, code: "BLOB_UPLOAD_UNKNOWN", because: "the upload is unknown, not invalid" },
  },
  { request: "POST /v2/none/blobs/uploads/", theirs: { status: 202 } },
  { request: "GET /v2/UPPER/tags/list", theirs: { status: 404 }, ours: badName },
  {
    request: "DELETE /v2/none/manifests/v1",
    theirs: { status: 400, code: "DIGEST_INVALID" },
    ours: { ...unknownManifest, because: "tags can be deleted" },
  },
  {
    request: "POST /v2/",
    theirs: ok,
    ours: { status: 405, code: "UNSUPPORTED", because: "nothing can be posted there" },
  },
];

const challenged: Row[] = (
  [
    "GET /v2/",
    "GET /v2/_catalog",
    "GET /v2/none/tags/list",
    "GET /v2/none/manifests/v1",
    `GET /v2/none/blobs/${zeros}`,
    "POST /v2/none/blobs/uploads/",
    "PUT /v2/none/manifests/v1",
    `DELETE /v2/none/manifests/${zeros}`,
  ] as const
).flatMap((request) => [{ who: "nobody" as const, request, theirs: unauthorized }]);

const setUps = [
  {
    name: "without users",
    env: () => ({}),
    rows: requests.map((row): Row => ({ ...row, who: "nobody" })),
  },
  {
    name: "htpasswd",
    env: () => ({
      REGISTRY_AUTH: "htpasswd",
      REGISTRY_AUTH_HTPASSWD_PATH: join(directory.path, "htpasswd"),
      REGISTRY_AUTH_HTPASSWD_REALM: "Registry Realm",
    }),
    rows: [
      { who: "nobody", request: "GET /", theirs: ok },
      { who: "nobody", request: "HEAD /v2/", theirs: { status: 401, challenge: realm } },
      ...challenged,
      ...requests.map((row): Row => ({ ...row, who: "right" })),
      ...(["wrong", "unknown", "empty", "garbled", "token"] as const).map(
        (who): Row => ({ who, request: "GET /v2/", theirs: unauthorized }),
      ),
      { who: "wrong", request: "GET /v2/none/manifests/v1", theirs: unauthorized },
    ] satisfies Row[],
  },
];

let directory: Scratch;
beforeAll(async () => {
  directory = await scratch("answers");
  if (isMissing) return;
  const line = await runOk([peer("htpasswd"), "-Bbn", "testuser", "testpassword"]);
  await Bun.write(join(directory.path, "htpasswd"), line);
});
afterAll(() => directory[Symbol.asyncDispose]());

describe.skipIf(isMissing).each(setUps)("$name", ({ name, env, rows }) => {
  let theirs: RegistryDaemon;
  let ours: ServeProcess;
  beforeAll(async () => {
    theirs = await startDockerRegistry(env());
    ours = await startServe({
      env: {
        ...env(),
        REGISTRY_HTTP_ADDR: "127.0.0.1:0",
        REGISTRY_STORAGE_DELETE_ENABLED: "true",
        REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: join(directory.path, `store ${name}`),
      },
    });
  });
  afterAll(() => Promise.all([theirs?.[Symbol.asyncDispose](), ours?.[Symbol.asyncDispose]()]));

  test.each(rows.map((row) => [`${row.who}: ${row.request}`, row] as const))("%s", async (_, row) => {
    expect(await answer(`http://${theirs.address}`, row)).toEqual(full(row.theirs));
    expect(await answer(ours.url, row)).toEqual(full(row.ours ?? row.theirs));
  });
});

function full({ status, code, challenge }: Answer): Answer {
  return { status, code, challenge };
}

async function answer(url: string, { who, request }: Row): Promise<Answer> {
  const [method, path] = request.split(" ") as [string, string];
  const headers = who === "nobody" ? {} : { authorization: credentials[who] };
  const response = await fetch(url + path, { method, headers });
  if (path.startsWith("/v2/"))
    expect(response.headers.get("docker-distribution-api-version")).toBe("registry/2.0");
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  if (isJson && method !== "HEAD") expect(response.headers.get("content-length")).toBe(String(text.length));
  return {
    status: response.status,
    code: isJson && text !== "" ? JSON.parse(text).errors?.[0]?.code : undefined,
    // Kasane says beside it that names and passwords are UTF-8: RFC 7617.
    challenge: response.headers.get("www-authenticate")?.replace(', charset="UTF-8"', ""),
  };
}

function basic(text: string): string {
  return `Basic ${btoa(text)}`;
}

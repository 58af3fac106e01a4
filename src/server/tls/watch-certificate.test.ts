import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, rename, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { openMemoryBlobs } from "../../blob/mod.ts";
import { openSqliteMeta } from "../../meta/mod.ts";
import type { TlsConfig } from "../config/server-config.ts";
import { type RunningServer, startServer } from "../start-server.ts";
import { until } from "../testing/until.ts";
import { certificateTimeWarning, fingerprintOf, readCertificateFiles } from "./certificate-files.ts";
import { watchCertificate } from "./watch-certificate.ts";

const hasOpenssl = Bun.which("openssl") !== null;
let directory: string;
let config: TlsConfig;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kasane-tls-"));
  config = {
    certificatePath: join(directory, "domain.crt"),
    keyPath: join(directory, "domain.key"),
    clientCaPaths: [],
    clientAuth: "require-and-verify",
    minimumVersion: "TLSv1.2",
  };
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A self-signed certificate of localhost by openssl, at the paths of the configuration. */
async function makeCertificate(commonName: string, days = 30): Promise<void> {
  const [key, certificate] = [`${config.keyPath}.new`, `${config.certificatePath}.new`];
  const made = Bun.spawn(
    // biome-ignore format: as it would be typed
    ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", `${days}`,
      "-subj", `/CN=${commonName}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate],
    { stdout: "ignore", stderr: "ignore" },
  );
  if ((await made.exited) !== 0) throw new Error("openssl failed");
  await rename(key, config.keyPath);
  await rename(certificate, config.certificatePath);
}

/** The name on the certificate that a new connection gets. */
function nameAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/** Whoever is in the middle of a handshake when the certificate changes has to come again. */
function untilShown(name: string, port: number): Promise<void> {
  return until(async () => (await nameAt(port).catch(() => "")) === name);
}

async function serve(): Promise<{ server: RunningServer; warnings: string[]; end(): Promise<void> }> {
  const store = { blobs: openMemoryBlobs(), meta: openSqliteMeta(":memory:") };
  const server = await startServer({ store, address: "127.0.0.1:0", tls: readCertificateFiles(config).tls });
  const warnings: string[] = [];
  const watch = watchCertificate(config, {
    onChange: (tls) => server.reloadTls(tls),
    onWarning: (message) => warnings.push(message),
    pollMs: 10,
  });
  return {
    server,
    warnings,
    async end() {
      watch.stop();
      await server.stop();
    },
  };
}

const insecure = { tls: { rejectUnauthorized: false } };

test.skipIf(!hasOpenssl)(
  "a new certificate is shown to new connections, and what is under way goes on",
  async () => {
    await makeCertificate("first");
    const { server, warnings, end } = await serve();
    expect(await nameAt(server.port)).toBe("first");
    const opened = await fetch(`${server.url}/v2/a/blobs/uploads/`, { method: "POST", ...insecure });
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const sending = fetch(server.url + opened.headers.get("location")!, {
      method: "PATCH",
      body: readable,
      ...insecure,
    });
    await writer.write(new TextEncoder().encode("hel"));
    await makeCertificate("second");
    await untilShown("second", server.port);
    for (let count = 0; count < 20; count++) expect(await nameAt(server.port)).toBe("second");
    await writer.write(new TextEncoder().encode("lo"));
    await writer.close();
    const sent = await sending;
    expect(sent.status).toBe(202);
    expect(sent.headers.get("range")).toBe("0-4");
    expect(warnings).toEqual([]);
    await end();
    await expect(fetch(`${server.url}/v2/`, insecure)).rejects.toThrow();
  },
);

test.skipIf(!hasOpenssl)(
  "what is no certificate, or another's key, is warned of once and changes nothing",
  async () => {
    await makeCertificate("first");
    const { server, warnings, end } = await serve();
    await Bun.write(config.certificatePath, "not a certificate");
    await until(() => warnings.length > 0);
    expect(warnings).toEqual([expect.stringContaining("the former TLS certificate stays in use")]);
    expect(await nameAt(server.port)).toBe("first");
    await makeCertificate("second");
    await untilShown("second", server.port);
    const { keyPath } = config;
    config = { ...config, keyPath: `${keyPath}.other`, certificatePath: `${config.certificatePath}.other` };
    await makeCertificate("other");
    await rename(config.keyPath, keyPath);
    await until(() => warnings.length > 1);
    expect(warnings[1]).toContain("does not belong to the certificate");
    expect(await nameAt(server.port)).toBe("second");
    await end();
  },
);

test.skipIf(!hasOpenssl)("links that are pointed elsewhere count as a change", async () => {
  const files = config;
  const generation = async (name: string) => {
    config = {
      ...files,
      keyPath: join(directory, `${name}.key`),
      certificatePath: join(directory, `${name}.crt`),
    };
    await makeCertificate(name);
    for (const [from, to] of [
      [config.keyPath, files.keyPath],
      [config.certificatePath, files.certificatePath],
    ] as const) {
      await symlink(from, `${to}.link`);
      await rename(`${to}.link`, to);
    }
    config = files;
  };
  await generation("one");
  const { server, end } = await serve();
  await generation("two");
  await untilShown("two", server.port);
  await end();
});

test.skipIf(!hasOpenssl)("nobody else can listen on the port of a server with TLS", async () => {
  await makeCertificate("first");
  const { server, end } = await serve();
  const store = { blobs: openMemoryBlobs(), meta: openSqliteMeta(":memory:") };
  const { tls } = readCertificateFiles(config);
  for (const options of [{ tls }, {}]) {
    await expect(startServer({ store, address: server.host, ...options })).rejects.toMatchObject({
      code: "io",
    });
  }
  await end();
});

test.skipIf(!hasOpenssl)("minimumVersion keeps older ones out", async () => {
  await makeCertificate("first");
  config = { ...config, minimumVersion: "TLSv1.3" };
  const { server, end } = await serve();
  const dial = (version: "TLSv1.2" | "TLSv1.3") =>
    new Promise<string>((resolve) => {
      const bounds = { minVersion: version, maxVersion: version };
      const socket = connect(
        { port: server.port, host: "127.0.0.1", rejectUnauthorized: false, ...bounds },
        () => {
          resolve(socket.getProtocol() ?? "");
          socket.destroy();
        },
      );
      socket.on("error", () => resolve("refused"));
    });
  expect(await dial("TLSv1.2")).toBe("refused");
  expect(await dial("TLSv1.3")).toBe("TLSv1.3");
  await end();
});

test.skipIf(!hasOpenssl)("readCertificateFiles() names the file that is wrong", async () => {
  await makeCertificate("first");
  for (const key of ["certificatePath", "keyPath"] as const) {
    const path = join(directory, `bad-${key}`);
    await Bun.write(path, "nothing");
    expect(() => readCertificateFiles({ ...config, [key]: path })).toThrow(path);
    expect(() => readCertificateFiles({ ...config, [key]: `${path}.none` })).toThrow(`${path}.none`);
  }
});

test.skipIf(!hasOpenssl)(
  "certificateTimeWarning() tells of certificates whose time is over or nearly so",
  async () => {
    await makeCertificate("first", 90);
    const { certificate } = readCertificateFiles(config);
    const dayMs = 24 * 60 * 60_000;
    const at = (days: number) => certificateTimeWarning(certificate, Date.now() + days * dayMs);
    expect(at(0)).toBeUndefined();
    expect(at(80)).toContain("expires on");
    expect(at(91)).toContain("has expired");
    expect(at(-1)).toContain("is not valid before");
  },
);

test("fingerprintOf() also takes files that cannot be looked at: it is asked by a timer", async () => {
  const absent = fingerprintOf(config);
  await symlink("domain.crt", config.certificatePath);
  expect(fingerprintOf(config)).toBe(absent);
});

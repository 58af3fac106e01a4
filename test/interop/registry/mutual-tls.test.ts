/** Client certificates as users, from the configuration to curl. */
import { expect, test } from "bun:test";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { missing, run } from "../../outside.ts";
import { startServe } from "../../serve-process.ts";
import { scratch } from "../peers.ts";
import { type CertificateFiles, makeClientAuthority } from "./client-certificates.ts";

test.skipIf(missing("openssl", "curl"))(
  "http.tls.clientcas with kasane.access.certificates",
  async () => {
    await using directory = await scratch("mutual");
    const at = (name: string) => join(directory.path, name);
    const ours = await makeClientAuthority(directory.path, "ours");
    const theirs = await makeClientAuthority(directory.path, "theirs");
    const first = await ours.issue({ commonName: "server" });
    const [ann, bob] = [await ours.issue({ commonName: "ann" }), await ours.issue({ commonName: "bob" })];
    const stranger = await theirs.issue({ commonName: "ann" });
    const use = async ({ certificate, key }: CertificateFiles) => {
      await copyFile(certificate, at("domain.crt"));
      await copyFile(key, at("domain.key"));
    };
    await use(first);
    await Bun.write(
      at("config.yml"),
      `version: 0.1
storage: {inmemory: }
http:
  addr: 127.0.0.1:0
  tls:
    certificate: ${at("domain.crt")}
    key: ${at("domain.key")}
    clientcas: [${ours.authority}]
    clientauth: verify-client-cert-if-given
kasane:
  access:
    certificates: true
    rules:
      - {repositories: ["{user}/**"], actions: [pull, push], authenticated: true}
`,
    );
    await using server = await startServe({ args: [at("config.yml")] });
    const call = async (path: string, who: CertificateFiles | undefined, ...more: string[]) => {
      const shown = who ? ["--cert", who.certificate, "--key", who.key] : [];
      const { code, out } = await run([
        "curl",
        "-sS",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "--cacert",
        ours.authority,
        ...shown,
        ...more,
        server.url + path,
      ]);
      return code === 0 ? out : "refused";
    };
    const begin = ["-X", "POST"];
    // Nothing that a client could be asked for would help.
    expect(await call("/v2/", undefined)).toBe("403");
    expect(await call("/v2/", ann)).toBe("200");
    expect(await call("/v2/", stranger)).toBe("refused");
    expect(await call("/v2/ann/app/blobs/uploads/", ann, ...begin)).toBe("202");
    expect(await call("/v2/ann/app/blobs/uploads/", bob, ...begin)).toBe("403");
    expect(await call("/v2/bob/app/blobs/uploads/", bob, ...begin)).toBe("202");
    await server.says("127.0.0.1 - ann ");

    // Another certificate of the server, shown without a restart.
    const subject = async () =>
      (
        await run([
          "sh",
          "-c",
          `openssl s_client -connect 127.0.0.1:${server.port} </dev/null 2>/dev/null | openssl x509 -noout -subject`,
        ])
      ).out;
    expect(await subject()).toContain("server");
    await use(await ours.issue({ commonName: "renewed" }));
    for (const deadline = Date.now() + 10_000; !(await subject()).includes("renewed"); await Bun.sleep(100)) {
      if (Date.now() > deadline) throw new Error("still the first one");
    }
    expect(await call("/v2/", ann)).toBe("200");
  },
  40_000,
);

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash, createPublicKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { importPKCS8, type JWTHeaderParameters, SignJWT } from "jose";
import { createAccess } from "../../../src/access/mod.ts";
import { openSqliteMeta } from "../../../src/meta/mod.ts";
import { missing } from "../../outside.ts";
import { type Scratch, scratch } from "../peers.ts";
import { type ClientAuthority, makeClientAuthority } from "./client-certificates.ts";

const isMissing = missing("openssl");
const token = { realm: "https://auth.test/token", service: "registry.test", issuer: "https://auth.test" };
const authorityExtensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign"];
let directory: Scratch;
let ours: ClientAuthority;
let theirs: ClientAuthority;
beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("tokens");
  ours = await makeClientAuthority(directory.path, "ours");
  theirs = await makeClientAuthority(directory.path, "theirs");
});
afterAll(() => directory?.[Symbol.asyncDispose]());

interface Files {
  readonly certificate: string;
  readonly key: string;
}

const read = (path: string) => Bun.file(path).text();
const der = async (path: string) => new X509Certificate(await read(path)).raw.toString("base64");

async function sign(signer: Files, header: object): Promise<string> {
  const protectedHeader = { alg: "ES256", ...header } as JWTHeaderParameters;
  return await new SignJWT({ access: [{ type: "repository", name: "a/b", actions: ["pull"] }] })
    .setProtectedHeader(protectedHeader)
    .setIssuer(token.issuer)
    .setAudience(token.service)
    .setExpirationTime("2m")
    .sign(await importPKCS8(await read(signer.key), "ES256"));
}

/** Whether a registry that trusts the certificates in `bundle` takes the token. */
async function isTaken(text: string, bundle: readonly string[] = [ours.authority]): Promise<boolean> {
  const path = join(directory.path, "bundle.pem");
  await Bun.write(path, (await Promise.all(bundle.map(read))).join("\n"));
  const meta = openSqliteMeta(":memory:");
  const access = createAccess(
    {
      token: { ...token, rootCertificatesPath: path },
      hasRobots: false,
      hasCertificateUsers: false,
      rules: [],
      groups: {},
    },
    { meta, onWarning: () => {} },
  );
  try {
    const headers = { authorization: `Bearer ${text}` };
    const session = await access.guard.admit(new Request("http://registry.test/v2/", { headers }), {
      address: "192.0.2.1",
    });
    return session.allows("pull", "a/b");
  } catch {
    return false;
  } finally {
    await meta.close();
  }
}

describe.skipIf(isMissing)("tokens signed with certificates", () => {
  test("a chain that ends in a trusted certificate", async () => {
    const signer = await ours.issue({ commonName: "signer" });
    const own = await der(signer.certificate);
    expect(await isTaken(await sign(signer, { x5c: [own] }))).toBe(true);
    expect(await isTaken(await sign(signer, { x5c: [own, await der(ours.authority)] }))).toBe(true);
  });

  test("a chain through a certificate between", async () => {
    const between = await ours.issue({ commonName: "between", extensions: authorityExtensions });
    const signer = await ours.issueBy(between, { commonName: "signer" });
    const chain = [await der(signer.certificate), await der(between.certificate)];
    expect(await isTaken(await sign(signer, { x5c: chain }))).toBe(true);
    expect(await isTaken(await sign(signer, { x5c: chain.slice(0, 1) }))).toBe(false);
    expect(await isTaken(await sign(signer, { x5c: chain.toReversed() }))).toBe(false);
  });

  test("a certificate that is trusted itself, by the names that services give keys, and by being the only one", async () => {
    const signer = await theirs.issue({ commonName: "signer" });
    const spki = createPublicKey(await read(signer.certificate)).export({ format: "der", type: "spki" });
    const bits = [...createHash("sha256").update(spki).digest().subarray(0, 30)]
      .map((byte) => byte.toString(2).padStart(8, "0"))
      .join("");
    const letters = bits
      .match(/.{5}/g)!
      .map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(five, 2)]);
    const kid = letters.join("").match(/.{4}/g)!.join(":");
    const bundle = [signer.certificate, ours.authority];
    expect(await isTaken(await sign(signer, { kid }), bundle)).toBe(true);
    expect(
      await isTaken(
        await sign(signer, { kid: `${kid.slice(0, -1)}${kid.endsWith("A") ? "B" : "A"}` }),
        bundle,
      ),
    ).toBe(false);
    expect(await isTaken(await sign(signer, {}), [signer.certificate])).toBe(true);
    expect(await isTaken(await sign(signer, {}), bundle)).toBe(false);
  });

  const attacks: [string, () => Promise<{ signer: Files; x5c: unknown }>][] = [
    [
      "a chain of another authority",
      async () => {
        const signer = await theirs.issue({ commonName: "signer" });
        return { signer, x5c: [await der(signer.certificate), await der(theirs.authority)] };
      },
    ],
    [
      "a chain of another authority with ours behind it",
      async () => {
        const signer = await theirs.issue({ commonName: "signer" });
        return {
          signer,
          x5c: [await der(signer.certificate), await der(theirs.authority), await der(ours.authority)],
        };
      },
    ],
    [
      "a trusted certificate and another key",
      async () => {
        const [good, bad] = [
          await ours.issue({ commonName: "good" }),
          await theirs.issue({ commonName: "bad" }),
        ];
        return { signer: bad, x5c: [await der(good.certificate)] };
      },
    ],
    [
      "a certificate that has expired",
      async () => {
        const signer = await ours.issue({ commonName: "signer", days: -1 });
        return { signer, x5c: [await der(signer.certificate)] };
      },
    ],
    [
      "a certificate made with one that is no authority",
      async () => {
        const leaf = await ours.issue({ commonName: "leaf" });
        const signer = await ours.issueBy(leaf, { commonName: "signer" });
        return { signer, x5c: [await der(signer.certificate), await der(leaf.certificate)] };
      },
    ],
    ["no certificates", async () => ({ signer: await ours.issue({ commonName: "signer" }), x5c: [] })],
    [
      "no certificate but text",
      async () => ({ signer: await ours.issue({ commonName: "signer" }), x5c: ["AAAA"] }),
    ],
    [
      "a hundred certificates",
      async () => {
        const signer = await ours.issue({ commonName: "signer" });
        return { signer, x5c: Array(100).fill(await der(signer.certificate)) };
      },
    ],
  ];
  test.each(attacks)("%s: refused", async (_, make) => {
    const { signer, x5c } = await make();
    expect(await isTaken(await sign(signer, { x5c }))).toBe(false);
  });
});

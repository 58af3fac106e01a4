/** Every configuration that the documentation shows is one that `kasane serve --check` finds nothing wrong with. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { kasane, missing, run, runOk } from "../outside.ts";
import { blocks, documents } from "./documents.ts";

/** What a file must hold for the key that names it. */
const contents: Readonly<Record<string, (material: Material) => string>> = {
  path: () => `ann:${Bun.password.hashSync("a password", { algorithm: "bcrypt", cost: 4 })}\n`,
  certificate: ({ certificate }) => certificate,
  key: ({ key }) => key,
  clientcas: ({ certificate }) => certificate,
  ca: ({ certificate }) => certificate,
  rootcertbundle: ({ certificate }) => certificate,
  jwks: ({ jwks }) => jwks,
  passwordfile: () => "a password\n",
};

interface Material {
  readonly certificate: string;
  readonly key: string;
  readonly jwks: string;
}

const shown = documents.flatMap((document) =>
  blocks(document, "yaml").map((text, index) => ({ name: `${document} configuration ${index + 1}`, text })),
);

let directory: string;
let material: Material;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "kasane-docs-"));
  if (missing("openssl")) return;
  const [certificate, key] = [join(directory, "own.crt"), join(directory, "own.key")];
  await runOk([
    ...[
      "openssl",
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-days",
      "90",
    ],
    ...["-subj", "/CN=registry.example.com", "-keyout", key, "-out", certificate],
  ]);
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const jwk = await crypto.subtle.exportKey("jwk", pair.publicKey);
  material = {
    certificate: await Bun.file(certificate).text(),
    key: await Bun.file(key).text(),
    jwks: JSON.stringify({ keys: [{ ...jwk, kid: "one", alg: "ES256" }] }),
  };
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.skipIf(missing("openssl")).each(shown)("$name", async ({ text }) => {
  const own = mkdtempSync(join(directory, "block-"));
  // Everything of the whole system is below this directory here, and is there.
  const below = text.replaceAll(/(?<=[\s"'[])\/(?:etc|run|srv|var)\/[\w./-]+/g, (path) => own + path);
  for (const [, name, path] of below.matchAll(/\b(\w+): *\[?["']?([^\s"',\]}]+)/g)) {
    const make = contents[name!];
    if (make === undefined || !/^\.?\//.test(path!)) continue;
    const file = resolve(own, path!);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, make(material));
  }
  mkdirSync(join(own, "var/log/kasane"), { recursive: true });
  writeFileSync(join(own, "config.yml"), below);
  const { code, err } = await run([kasane, "--root", join(own, "store"), "serve", "--check", "config.yml"], {
    cwd: own,
  });
  // That plain HTTP is no secret is said in the text.
  const said = err.split("\n").filter((line) => !/^npm |plain HTTP on|^$/.test(line));
  expect({ code, said }).toEqual({ code: 0, said: [] });
});

import { errnoOf, KasaneError, messageOf, readWithin } from "../../lib/mod.ts";
import { usage } from "../flags.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `--secret id=NAME[,src=FILE|,env=VARIABLE]`, as docker and podman have it: an id alone is a variable of that name, else a file.
 * @throws KasaneError `usage`, `not-found`, `limit-exceeded`
 */
export async function readSecrets(
  texts: readonly string[],
  env: Environment,
  limitBytes: number,
): Promise<Map<string, Uint8Array>> {
  const secrets = new Map<string, Uint8Array>();
  for (const text of texts) {
    const { id, type, file, variable } = parseSecret(text);
    const named =
      variable ??
      (type === "env" || (type !== "file" && file === undefined && env[id] !== undefined) ? id : undefined);
    if (named === undefined) {
      secrets.set(id, await readFile(id, file ?? id, limitBytes));
      continue;
    }
    const value = env[named];
    if (value === undefined) {
      throw new KasaneError(
        "not-found",
        `the secret ${id} comes from the variable ${named}, which is not set`,
        {
          hint: `set it: export ${named}=…`,
        },
      );
    }
    secrets.set(id, new TextEncoder().encode(value));
  }
  return secrets;
}

function parseSecret(text: string) {
  const fields = new Map<string, string>();
  for (const field of text.split(",")) {
    const equals = field.indexOf("=");
    const key = equals < 0 ? "" : field.slice(0, equals).trim().toLowerCase();
    if (!["id", "src", "source", "env", "type"].includes(key)) {
      throw new KasaneError("usage", `invalid field ${JSON.stringify(field)} of --secret`, {
        hint: "write --secret id=NAME,src=FILE or --secret id=NAME,env=VARIABLE",
      });
    }
    fields.set(key, field.slice(equals + 1));
  }
  const id = fields.get("id");
  if (!id) throw usage(`--secret ${text} has no id`, "build");
  const type = fields.get("type");
  if (type !== undefined && type !== "file" && type !== "env") {
    throw usage(`unknown type ${JSON.stringify(type)} of --secret: file or env`, "build");
  }
  return { id, type, file: fields.get("src") ?? fields.get("source"), variable: fields.get("env") };
}

async function readFile(id: string, path: string, limitBytes: number): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readWithin(path, limitBytes);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") {
      throw new KasaneError("not-found", `the secret ${id}: there is no file ${path}`, {
        cause: error,
        hint: "write --secret id=NAME,src=FILE or --secret id=NAME,env=VARIABLE",
      });
    }
    throw new KasaneError("io", `cannot read the secret ${id}: ${messageOf(error)}`, { cause: error });
  }
  if (bytes) return bytes;
  throw new KasaneError("limit-exceeded", `the secret ${id} is larger than ${limitBytes} bytes`);
}

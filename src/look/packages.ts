import { collect, isKasaneError } from "../lib/mod.ts";
import { type ImageView, readFile } from "./image-view.ts";
import { RpmError } from "./rpm/rpm-error.ts";
import { rpmPackages } from "./rpm/rpm-packages.ts";

/** An installed package. Several versions of one name may be there: architectures, or distroless files. */
export interface InstalledPackage {
  readonly kind: "deb" | "apk" | "rpm";
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

export interface PackageList {
  readonly packages: readonly InstalledPackage[];
  /** Databases that are there and could not be read. */
  readonly unread: readonly UnreadPackages[];
}

export interface UnreadPackages {
  readonly kind: InstalledPackage["kind"];
  readonly reason: string;
}

/** Largest text database that is read; the largest real ones have a few MB. */
const databaseLimitBytes = 64 * 1024 * 1024;

/** What dpkg, apk and rpm say is installed. */
export async function installedPackages(image: ImageView): Promise<PackageList> {
  const found: InstalledPackage[] = [];
  for (const path of ["var/lib/dpkg/status", ...(await statusFiles(image))]) {
    found.push(...dpkgPackages(await textOf(image, path)));
  }
  for (const path of ["lib/apk/db/installed", "usr/lib/apk/db/installed"]) {
    const packages = apkPackages(await textOf(image, path));
    found.push(...packages);
    // With merged /usr both are the same file.
    if (packages.length > 0) break;
  }
  try {
    for (const each of (await rpmPackages(image)) ?? []) found.push({ kind: "rpm", ...each });
    return { packages: found, unread: [] };
  } catch (error) {
    // A damaged database is no reason to say nothing of the rest.
    if (!(error instanceof RpmError) && !isKasaneError(error, "limit-exceeded")) throw error;
    return { packages: found, unread: [{ kind: "rpm", reason: error.message }] };
  }
}

/** Distroless images have a file for each package. */
async function statusFiles(image: ImageView): Promise<string[]> {
  const tree = await image.tree();
  const directory = tree.resolve("var/lib/dpkg/status.d", { followLast: true });
  if (directory === undefined) return [];
  const paths = tree.children(directory.entry.path).map(({ entry }) => entry.path);
  return paths.filter((path) => !path.endsWith(".md5sums"));
}

async function textOf(image: ImageView, path: string): Promise<string> {
  const node = (await image.tree()).resolve(path, { followLast: true });
  if (node === undefined || (node.target ?? node).entry.type !== "file") return "";
  const bytes = await collect(readFile(image, node), databaseLimitBytes, `/${path}`);
  return Buffer.from(bytes).toString("utf8");
}

export function dpkgPackages(status: string): InstalledPackage[] {
  return stanzas(status, ": ").flatMap((fields) => {
    const name = fields.get("Package");
    const state = fields.get("Status");
    // `deinstall ok config-files` is what is left of a package that was removed.
    if (!name || (state !== undefined && !state.endsWith(" installed"))) return [];
    const [version = "", architecture = ""] = [fields.get("Version"), fields.get("Architecture")];
    return [{ kind: "deb" as const, name, version, architecture }];
  });
}

export function apkPackages(installed: string): InstalledPackage[] {
  return stanzas(installed, ":").flatMap((fields) => {
    const name = fields.get("P");
    const [version = "", architecture = ""] = [fields.get("V"), fields.get("A")];
    return name ? [{ kind: "apk" as const, name, version, architecture }] : [];
  });
}

/** Paragraphs of `key: value` lines. Lines that go on (a leading space) belong to values nobody asks for here. */
function stanzas(text: string, separator: string): Map<string, string>[] {
  return text.split(/\n[ \t]*\n/).map((paragraph) => {
    const fields = new Map<string, string>();
    for (const line of paragraph.split("\n")) {
      const at = line.indexOf(separator);
      if (at <= 0 || /^\s/.test(line)) continue;
      const key = line.slice(0, at);
      // apk repeats one-letter keys for each file; the package's own come first.
      if (!fields.has(key)) fields.set(key, line.slice(at + separator.length).trim());
    }
    return fields;
  });
}

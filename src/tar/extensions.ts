import { KasaneError } from "../lib/mod.ts";
import type { TarEntry, Timestamp } from "./entry.ts";
import { asOwner, type RawHeader } from "./header.ts";
import { decodeName, encodeName } from "./name-bytes.ts";
import { type PaxRecord, parsePaxNumber, parsePaxText, parsePaxTime } from "./pax.ts";

const schilyXattr = "SCHILY.xattr.";
const libarchiveXattr = "LIBARCHIVE.xattr.";

/** What PAX and GNU headers say about the entry that follows them. */
export class Extensions {
  readonly #global = new Map<string, Uint8Array>();
  #local = new Map<string, Uint8Array>();
  #globalBytes = 0;
  /** GNU `L` and `K`. They win over PAX, as they do in Go and GNU tar. */
  longName: string | undefined;
  longLink: string | undefined;
  /** True when a header of the next entry has been read: the archive must not end here. */
  pending = false;

  addLocal(records: readonly PaxRecord[]): void {
    this.pending = true;
    const sparseNumbers: string[] = [];
    for (const [key, value] of records) {
      if (key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes") sparseNumbers.push(decodeName(value));
      // The buffer under the value belongs to the source and is reused. (slice() of a Buffer would not copy.)
      else this.#local.set(key, new Uint8Array(value));
    }
    // Sparse format 0.0 repeats two keys; 0.1 has the same numbers in one record.
    if (sparseNumbers.length > 0) this.#local.set("GNU.sparse.map", Buffer.from(sparseNumbers.join(",")));
  }

  /** @throws KasaneError `limit-exceeded`: global headers are kept to the end of the archive, so their sum is bounded. */
  addGlobal(records: readonly PaxRecord[], maxHeaderBytes: number): void {
    for (const [key, value] of records) {
      this.#globalBytes += key.length + value.length - (this.#global.get(key)?.length ?? -key.length);
      if (this.#globalBytes > maxHeaderBytes) {
        throw new KasaneError(
          "limit-exceeded",
          `cannot read tar: global headers are longer than ${maxHeaderBytes} bytes`,
        );
      }
      this.#global.set(key, new Uint8Array(value));
    }
  }

  /** Forgets what was said about one entry. */
  reset(): void {
    if (!this.pending) return;
    this.#local = new Map();
    this.longName = undefined;
    this.longLink = undefined;
    this.pending = false;
  }

  /** The value in force. An empty one takes back what a global header said, and leaves the header block's (POSIX pax). */
  get(key: string): Uint8Array | undefined {
    const value = this.#local.get(key) ?? this.#global.get(key);
    return value === undefined || value.length === 0 ? undefined : value;
  }

  number(key: string): number | undefined {
    const value = this.get(key);
    return value === undefined ? undefined : parsePaxNumber(key, value);
  }

  text(key: string): string | undefined {
    const value = this.get(key);
    return value === undefined ? undefined : parsePaxText(key, value);
  }

  path(raw: RawHeader): string {
    return this.longName ?? this.text("GNU.sparse.name") ?? this.text("path") ?? raw.name;
  }

  linkTarget(raw: RawHeader): string {
    return this.longLink ?? this.text("linkpath") ?? raw.linkName;
  }

  owner(raw: RawHeader): Pick<TarEntry, "uid" | "gid" | "userName" | "groupName"> {
    const uid = this.number("uid");
    const gid = this.number("gid");
    const userName = this.text("uname") ?? raw.userName;
    const groupName = this.text("gname") ?? raw.groupName;
    return {
      uid: uid === undefined ? raw.uid : asOwner(uid, "uid"),
      gid: gid === undefined ? raw.gid : asOwner(gid, "gid"),
      ...(userName === "" ? {} : { userName }),
      ...(groupName === "" ? {} : { groupName }),
    };
  }

  modified(raw: RawHeader): Timestamp {
    const value = this.get("mtime");
    return value === undefined
      ? { seconds: raw.modifiedSeconds, nanoseconds: 0 }
      : parsePaxTime(decodeName(value));
  }

  /** star's form wins over libarchive's: libarchive writes both. */
  xattrs(): ReadonlyMap<string, Uint8Array> | undefined {
    if (this.#local.size === 0 && this.#global.size === 0) return undefined;
    const xattrs = new Map<string, Uint8Array>();
    for (const records of [this.#global, this.#local]) {
      for (const [key, value] of records) {
        if (key.startsWith(libarchiveXattr)) {
          const name = unescapeKey(key.slice(libarchiveXattr.length));
          if (!xattrs.has(name)) xattrs.set(name, Buffer.from(decodeName(value), "base64"));
        }
      }
      for (const [key, value] of records) {
        if (key.startsWith(schilyXattr)) xattrs.set(unescapeKey(key.slice(schilyXattr.length)), value);
      }
    }
    return xattrs.size === 0 ? undefined : xattrs;
  }
}

/** PAX keys end at the first `=`, so GNU tar writes `%3D` (and `%25`) in the names of attributes; libarchive escapes more. */
function unescapeKey(key: string): string {
  if (!key.includes("%")) return key;
  const bytes: number[] = [];
  const escaped = encodeName(key);
  for (let i = 0; i < escaped.length; i++) {
    const digits = escaped[i] === 0x25 ? Buffer.from(escaped.subarray(i + 1, i + 3)).toString("latin1") : "";
    const isEscape = /^[0-9A-Fa-f]{2}$/.test(digits);
    bytes.push(isEscape ? Number.parseInt(digits, 16) : escaped[i]!);
    if (isEscape) i += 2;
  }
  return decodeName(Uint8Array.from(bytes));
}

/** Inverse of the reading side, for the two characters that need it. */
export function xattrKey(name: string): string {
  return schilyXattr + name.replaceAll("%", "%25").replaceAll("=", "%3D");
}

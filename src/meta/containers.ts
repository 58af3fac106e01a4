import { KasaneError } from "../lib/errors.ts";
import type { Digest } from "../oci/mod.ts";
import type { ContainerRecord, ContainerTable } from "./meta.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

interface ContainerRow {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly value: string;
  readonly created_at: number;
}

export function containerTable(database: SqliteDatabase): ContainerTable {
  return {
    async put(record) {
      database.write("durable", () => {
        checkName(database, record.name);
        database.run(
          "INSERT INTO containers (id, name, image, value, created_at) VALUES (?, ?, ?, ?, ?)",
          record.id,
          record.name,
          record.image,
          record.value,
          record.createdAtMs,
        );
      });
    },
    async update(id, value) {
      database.write("durable", () => {
        if (database.run("UPDATE containers SET value = ? WHERE id = ?", value, id) === 0) {
          throw unknownContainer(id);
        }
      });
    },
    async rename(id, name) {
      database.write("durable", () => {
        checkName(database, name);
        if (database.run("UPDATE containers SET name = ? WHERE id = ?", name, id) === 0)
          throw unknownContainer(id);
      });
    },
    async get(given) {
      const idOrName = given.replace(/^\//, "");
      const exact = database.first<ContainerRow>(
        "SELECT * FROM containers WHERE id = ?1 OR name = ?1 ORDER BY id = ?1 DESC LIMIT 1",
        idOrName,
      );
      if (exact) return containerOf(exact);
      if (idOrName === "") return undefined;
      const matches = database.all<ContainerRow>(
        "SELECT * FROM containers WHERE substr(id, 1, ?2) = ?1 LIMIT 2",
        idOrName,
        idOrName.length,
      );
      if (matches.length > 1) {
        throw new KasaneError("conflict", `several containers have an id that starts with ${idOrName}`, {
          hint: "give more digits of the id, or the name",
        });
      }
      return matches[0] && containerOf(matches[0]);
    },
    async list() {
      return database
        .all<ContainerRow>("SELECT * FROM containers ORDER BY created_at DESC, id")
        .map(containerOf);
    },
    async delete(id) {
      return database.write("durable", () => database.run("DELETE FROM containers WHERE id = ?", id) > 0);
    },
  };
}

function checkName(database: SqliteDatabase, name: string): void {
  const taken = database.first<{ id: string }>("SELECT id FROM containers WHERE name = ?", name);
  if (!taken) return;
  throw new KasaneError(
    "conflict",
    `the container name ${JSON.stringify(name)} is in use by container ${taken.id.slice(0, 12)}`,
    { hint: "remove that container, or choose another name" },
  );
}

function unknownContainer(id: string): KasaneError {
  return new KasaneError("not-found", `no such container: ${id}`, {
    hint: "'kasane ps -a' lists what there is",
  });
}

function containerOf(row: ContainerRow): ContainerRecord {
  return {
    id: row.id,
    name: row.name,
    image: row.image as Digest,
    value: row.value,
    createdAtMs: row.created_at,
  };
}

/** How many migrations schema.ts has: all that a process needs to know of them where the tables are made already. */
export const schemaVersion = 9;

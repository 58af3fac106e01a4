export * from "./create-registry.ts";

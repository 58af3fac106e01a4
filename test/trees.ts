/** Trees of directories, for tests that compare what different programs make of one image. */
export * from "../src/layer/testing/tree-of.ts";

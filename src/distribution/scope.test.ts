import { expect, test } from "bun:test";
import { mergeScopes, repositoryScope } from "./scope.ts";

test("mergeScopes() joins the actions of a resource and does not depend on the order", () => {
  const scopes = [
    "repository:a/b:pull",
    "registry:catalog:*",
    "repository:a/b:push,pull",
    "repository:c:pull",
  ];
  const merged = ["registry:catalog:*", "repository:a/b:pull,push", "repository:c:pull"];
  expect(mergeScopes(scopes)).toEqual(merged);
  expect(mergeScopes([...scopes].reverse())).toEqual(merged);
  expect(repositoryScope("host:5000/a", "pull")).toBe("repository:host:5000/a:pull");
});

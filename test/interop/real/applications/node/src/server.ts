import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { greeting } from "./greeting.js";

const application = new Hono();
application.get("/", (context) => context.text(greeting("node")));
serve({ fetch: application.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => {
  console.log(`listening on ${port}`);
});
// The first process of a container dies of no signal that it does not handle.
process.on("SIGTERM", () => process.exit(0));

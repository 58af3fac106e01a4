import { flagsOfKind, type Tool } from "./tool.ts";

export default {
  name: "skopeo",
  globalFlags: {
    ...flagsOfKind("command", "--override-arch --override-os --override-variant"),
    ...flagsOfKind(
      "value",
      "--command-timeout --policy --registries.d --registries-conf --tmpdir --user-agent-prefix",
    ),
    ...flagsOfKind("none", "--debug --insecure-policy"),
  },
  commands: {
    ...{ inspect: "skopeo inspect", "list-tags": "skopeo list-tags", delete: "skopeo delete" },
    ...{ login: "login", logout: "logout" },
  },
  missing: [
    "copy",
    "sync",
    "manifest-digest",
    "standalone-sign",
    "standalone-verify",
    "generate-sigstore-key",
  ],
} satisfies Tool;

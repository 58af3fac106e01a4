/** Tells whoever connects to port 7 which address he comes from. */
import { createServer } from "node:net";

createServer((socket) => socket.end(`${socket.remoteAddress?.replace("::ffff:", "")}\n`)).listen(
  7,
  "0.0.0.0",
  () => console.log("ready"),
);

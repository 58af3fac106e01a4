/** Run in a container's network: answers what it hears at port 7, by TCP and UDP, and sends zeros without end at port 19. */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket).on("error", () => {})).listen(
  7,
  "0.0.0.0",
  511,
);
createServer((socket) => {
  const zeros = Buffer.alloc(1 << 16);
  const fill = () => {
    while (socket.writable && socket.write(zeros));
  };
  socket.on("drain", fill).on("error", () => socket.destroy());
  fill();
}).listen(19, "0.0.0.0");
const udp = createSocket("udp4");
udp.on("message", (message, { port, address }) => udp.send(message, port, address));
udp.bind(7, "0.0.0.0", () => console.log("ready"));

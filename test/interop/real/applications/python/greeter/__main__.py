from http.server import BaseHTTPRequestHandler, HTTPServer

from jinja2 import Template

from greeter.greeting import GREETING


class Greeter(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(Template(GREETING).render(name="python").encode() + b"\n")


server = HTTPServer(("127.0.0.1", 0), Greeter)
print(f"listening on {server.server_port}", flush=True)
server.serve_forever()

"""What plug-ins of tests have in common: JSON by POST on a unix socket. What one is told is written to a file, a line each: the method and the message."""
import http.server, json, os, socketserver


def serve(path, log, answer):
    """Serves for ever. answer(method, message) gives what is answered; None: the method is not known."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            method = self.path[1:]
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with open(log, "a") as file:
                file.write(method + " " + json.dumps(message) + "\n")
            found = answer(method, message)
            body = json.dumps(found).encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def address_string(self):
            return "engine"

        def log_message(self, *words):
            pass

    class Server(socketserver.UnixStreamServer):
        def get_request(self):
            request, _ = super().get_request()
            return request, ("engine", 0)

    if os.path.exists(path):
        os.unlink(path)
    # Whoever sees the socket may ask at once.
    server = Server(path + ".new", Handler)
    os.rename(path + ".new", path)
    server.serve_forever()

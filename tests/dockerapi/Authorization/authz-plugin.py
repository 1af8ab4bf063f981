"""A plug-in for authorization: denies by patterns of a file, and notes what it is asked.

usage: authz-plugin.py SOCKET NOTES RULES
RULES is JSON: {"uri": pattern, "body": pattern, "response": pattern, "mode": "" | "slow" | "garbage" | "error"}; patterns that are empty deny nothing.
"""
import base64
import http.server
import json
import re
import socketserver
import sys
import threading
import time

socket_path, notes_path, rules_path = sys.argv[1:4]
gate = threading.Lock()


def text(message, field):
    return base64.b64decode(message.get(field) or "").decode("utf-8", "replace")


class Handler(http.server.BaseHTTPRequestHandler):
    def address_string(self):
        return "engine"

    def log_message(self, *arguments):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with open(rules_path) as file:
            rules = json.load(file)
        if self.path == "/Plugin.Activate":
            return self.answer({"Implements": ["authz"]})
        message = json.loads(body)
        with gate, open(notes_path, "a") as notes:
            notes.write(json.dumps({"Call": self.path, **message, "Body": text(message, "RequestBody"), "Answer": text(message, "ResponseBody")}) + "\n")
        mode = rules.get("mode")
        if mode == "slow":
            time.sleep(30)
        if mode == "garbage":
            return self.answer(None)
        if mode == "error":
            return self.answer({"Allow": True, "Err": "the rules are lost"})
        checks = [("response", "ResponseBody")] if self.path.endswith("AuthZRes") else [("uri", None), ("body", "RequestBody")]
        for rule, field in checks:
            pattern = rules.get(rule)
            if pattern and re.search(pattern, message["RequestUri"] if field is None else text(message, field)):
                return self.answer({"Allow": False, "Msg": "no " + rule + " like this"})
        self.answer({"Allow": True, "Msg": ""})

    def answer(self, message):
        data = b"<html>" if message is None else json.dumps(message).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64


Server(socket_path, Handler).serve_forever()

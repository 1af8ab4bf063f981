"""A volume plug-in of docker's, and not a good one: it does what a folder of rules says.

usage: volume-plugin.py SOCKET FOLDER

FOLDER/volumes/NAME    the volumes, directories
FOLDER/notes           what it was asked, a line of JSON each
FOLDER/rules           by method: {"hang": true}, {"status": 500, "text": "..."}, {"answer": {...}}
"""
import json
import os
import shutil
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

ADDRESS, FOLDER = sys.argv[1:3]
ROOT = FOLDER + "/volumes"
gate = threading.Lock()


def rule(method):
    try:
        with open(FOLDER + "/rules") as file:
            return json.load(file).get(method, {})
    except FileNotFoundError:
        return {}


def place(name):
    return f"{ROOT}/{name}"


def shown(name):
    volume = {"Name": name, "CreatedAt": "2024-05-06T07:08:09Z", "Status": {"kind": "folder", "files": len(os.listdir(place(name)))}}
    if os.path.exists(f"{FOLDER}/mounted-{name}"):
        volume["Mountpoint"] = place(name)
    return volume


def users(name):
    path = f"{FOLDER}/mounted-{name}"
    return set(open(path).read().split()) if os.path.exists(path) else set()


def keep(name, ids):
    path = f"{FOLDER}/mounted-{name}"
    if ids:
        with open(path, "w") as file:
            file.write(" ".join(sorted(ids)))
    elif os.path.exists(path):
        os.remove(path)


def answer(method, asked):
    name = asked.get("Name", "")
    if method == "Plugin.Activate":
        return {"Implements": ["VolumeDriver"]}
    if method == "VolumeDriver.Capabilities":
        return {"Capabilities": {"Scope": "global"}}
    if method == "VolumeDriver.List":
        return {"Volumes": [shown(name) for name in sorted(os.listdir(ROOT))]}
    if method == "VolumeDriver.Create":
        os.makedirs(place(name), exist_ok=True)
        return {}
    if not os.path.isdir(place(name)):
        return {"Err": f"no volume {name} here"}
    if method == "VolumeDriver.Get":
        return {"Volume": shown(name)}
    if method == "VolumeDriver.Path":
        return {"Mountpoint": place(name)}
    if method == "VolumeDriver.Mount":
        keep(name, users(name) | {asked["ID"]})
        return {"Mountpoint": place(name)}
    if method == "VolumeDriver.Unmount":
        keep(name, users(name) - {asked["ID"]})
        return {}
    if method == "VolumeDriver.Remove":
        if users(name):
            return {"Err": f"volume {name} is mounted"}
        shutil.rmtree(place(name))
        return {}
    return None


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0)) or 0) or "{}")
        method = self.path[1:]
        with gate, open(FOLDER + "/notes", "a") as notes:
            notes.write(json.dumps({"method": method, "asked": asked}) + "\n")
        while rule(method).get("hang"):
            time.sleep(0.02)
        how = rule(method)
        with gate:
            said = how["answer"] if "answer" in how else None if "status" in how else answer(method, asked)
        status = how.get("status", 404 if said is None else 200)
        body = how.get("text", "" if said is None else json.dumps(said)).encode(errors="surrogateescape")
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/vnd.docker.plugins.v1.2+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except BrokenPipeError:
            pass

    def address_string(self):
        return "engine"

    def log_message(self, *words):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


os.makedirs(ROOT, exist_ok=True)
if os.path.exists(ADDRESS):
    os.remove(ADDRESS)
Server(ADDRESS, Handler).serve_forever()

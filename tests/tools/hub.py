"""Drives a JupyterHub as its users' browsers do: starts a user's server, runs cells in it, stops it.

    python hub.py HUB_URL TOKEN USER

Prints one JSON object with what came.
"""

import json
import sys
import time
import uuid
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import websocket

HUB, TOKEN, USER = sys.argv[1:4]


def ask(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = Request(HUB + path, data=data, method=method, headers={"Authorization": f"token {TOKEN}"})
    with urlopen(request, timeout=30) as reply:
        text = reply.read()
        return json.loads(text) if text else None


def until(what, test, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            found = test()
        except (HTTPError, OSError):
            found = None
        if found:
            return found
        time.sleep(0.2)
    raise SystemExit(f"{what} within {seconds} s")


def run(channel, code):
    """Runs a cell; its text and its error, when it is idle again."""
    message = uuid.uuid4().hex
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
    header = {"msg_id": message, "msg_type": "execute_request", "session": uuid.uuid4().hex, "username": USER,
              "version": "5.3", "date": "2024-01-01T00:00:00Z"}
    channel.send(json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content,
                             "channel": "shell", "buffers": []}))
    shown = {"text": "", "error": None}
    while True:
        reply = json.loads(channel.recv())
        if reply["parent_header"].get("msg_id") != message:
            continue
        kind, content = reply["header"]["msg_type"], reply["content"]
        if kind == "stream":
            shown["text"] += content["text"]
        elif kind == "execute_result":
            shown["text"] += content["data"]["text/plain"]
        elif kind == "error":
            shown["error"] = content["evalue"]
        elif kind == "status" and content["execution_state"] == "idle":
            return shown


until("JupyterHub did not answer", lambda: ask("GET", "/hub/api/"))
ask("POST", f"/hub/api/users/{USER}")
ask("POST", f"/hub/api/users/{USER}/server", {})
until("The user's server was not ready", lambda: ask("GET", f"/hub/api/users/{USER}")["servers"].get("", {}).get("ready"))
server = f"/user/{USER}/api"
specs = ask("GET", f"{server}/kernelspecs")["kernelspecs"]
kernel = ask("POST", f"{server}/kernels", {"name": "typescript"})["id"]
address = HUB.replace("http:", "ws:") + f"{server}/kernels/{kernel}/channels"
channel = websocket.create_connection(address, header=[f"Authorization: token {TOKEN}"], timeout=60)
cells = [run(channel, code) for code in (
    "const answer: number = 40 + 2;\nconsole.log('hello from', process.env.JUPYTERHUB_USER);\nanswer",
    "answer.missing",
    "JSON.stringify({ runner: process.pid, kernel: process.ppid })",
)]
channel.close()
ask("DELETE", f"/hub/api/users/{USER}/server")
until("The user's server did not stop", lambda: not ask("GET", f"/hub/api/users/{USER}")["servers"])
print(json.dumps({"display_name": specs["typescript"]["spec"]["display_name"], "cells": cells}))

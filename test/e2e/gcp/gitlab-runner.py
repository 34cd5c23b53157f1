#!/usr/bin/python3
"""What of gitlab-runner a machine's life depends on: it serves metrics, asks GitLab for jobs under a system id of its
own, runs a job's container on its level's daemon, ends after its running job on SIGQUIT, and at once on SIGTERM
(https://docs.gitlab.com/runner/commands/#signals). A job is a script that somebody puts at
/var/lib/gitlab-runner/LEVEL.job; what became of it is told in LEVEL.log beside it.
"""
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time


def configured(text, key):
    return re.findall(rf'^\s*{key} = "([^"]*)"$', text, re.MULTILINE)


class Manager:
    def __init__(self, file):
        self.file = file
        self.level = os.path.basename(os.path.dirname(file))
        self.directory = "/var/lib/gitlab-runner"
        self.system_id = self.own_system_id()
        self.draining = False
        self.job = None
        self.container = f"runner-{self.level}-job"

    def text(self):
        with open(self.file, encoding="utf-8") as stream:
            return stream.read()

    def own_system_id(self):
        """As the real one: beside config.toml, made once."""
        path = os.path.join(os.path.dirname(self.file), ".runner_system_id")
        if not os.path.exists(path):
            with open(path, "w", encoding="utf-8") as stream:
                stream.write("s_" + secrets.token_hex(6))
        with open(path, encoding="utf-8") as stream:
            return stream.read().strip()

    def say(self, line):
        print(line, flush=True)
        with open(f"{self.directory}/{self.level}.log", "a", encoding="utf-8") as stream:
            stream.write(line + "\n")

    def docker(self):
        return ["docker", "--config", f"{self.directory}/docker", "--host", configured(self.text(), "host")[0]]

    def serve_metrics(self):
        host, port = configured(self.text(), "listen_address")[0].split(":")
        server = socket.create_server((host, int(port)))
        while True:
            client, _ = server.accept()
            with client:
                client.recv(4096)
                body = f"gitlab_runner_jobs {0 if self.job is None else 1}\n"
                client.sendall(f"HTTP/1.0 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

    def ask_gitlab(self):
        """The token goes by standard input: every account can read arguments."""
        text = self.text()
        for url, token in zip(configured(text, "url"), configured(text, "token")):
            body = json.dumps({"token": token, "system_id": self.system_id, "info": {"version": "18.8.0"}})
            command = ["curl", "--silent", "--fail", "--max-time", "5", "--header", "Content-Type: application/json"]
            command += ["--data", "@-", "--output", "/dev/null", f"{url}/api/v4/jobs/request"]
            subprocess.run(command, input=body.encode(), check=False)

    def take_job(self):
        offered = f"{self.directory}/{self.level}.job"
        if not os.path.exists(offered):
            return
        with open(offered, encoding="utf-8") as stream:
            script = stream.read()
        os.unlink(offered)
        image = configured(self.text(), "image")[0]
        run = ["run", "--rm", "--interactive", "--name", self.container, "--entrypoint", "sh", image, "-s"]
        self.job = subprocess.Popen(self.docker() + run, stdin=subprocess.PIPE, start_new_session=True)
        self.job.stdin.write(script.encode())
        self.job.stdin.close()
        self.say("started")

    def abort(self, *_):
        if self.job is not None:
            subprocess.run(self.docker() + ["rm", "--force", self.container], check=False)
            self.job.wait()
            self.say("aborted")
        sys.exit(0)

    def drain(self, *_):
        self.draining = True

    def work(self):
        threading.Thread(target=self.serve_metrics, daemon=True).start()
        asked = 0.0
        while self.job is not None or not self.draining:
            if self.job is not None and self.job.poll() is not None:
                self.say(f"ended {self.job.returncode}")
                self.job = None
            if self.job is None and not self.draining:
                self.take_job()
                if time.monotonic() - asked > 3:
                    self.ask_gitlab()
                    asked = time.monotonic()
            time.sleep(0.2)


def main(arguments):
    if arguments[:1] == ["--version"]:
        print("Version:      18.8.0")
        return
    manager = Manager(arguments[arguments.index("--config") + 1])
    signal.signal(signal.SIGQUIT, manager.drain)
    signal.signal(signal.SIGTERM, manager.abort)
    signal.signal(signal.SIGINT, manager.abort)
    signal.signal(signal.SIGHUP, lambda *_: None)
    manager.work()


main(sys.argv[1:])

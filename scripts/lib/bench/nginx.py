"""An nginx of our own that gives one answer as another server gave it."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import urllib.request

import programs

# What nginx says by itself, or what describes the connection.
OWN = {"date", "server", "content-length", "connection", "content-type", "keep-alive", "transfer-encoding"}

CONFIGURATION = """
daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; open_file_cache max=16; keepalive_requests 1000000000; etag off; server_tokens off;
    if_modified_since off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port}; root {folder}; types {{ }} default_type "{kind}";
        {headers}
    }}
}}
"""


@contextlib.contextmanager
def serving(parent, answer):
    """Gives the address; the body of `answer`, with its headers, is at /file."""
    with tempfile.TemporaryDirectory(dir=parent) as folder, socket.socket() as probe:
        os.chmod(parent, 0o755)
        os.chmod(folder, 0o755)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        kind = next(value for name, value in answer.headers if name.lower() == "content-type")
        lines = [
            "add_header {} '{}';".format(name, value.replace("'", "\\'"))
            for name, value in answer.headers if name.lower() not in OWN]
        with open(f"{folder}/file", "wb") as file:
            file.write(answer.body)
        with open(f"{folder}/nginx.conf", "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(folder=folder, port=port, kind=kind, headers="\n        ".join(lines)))
        server = subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf"], stderr=subprocess.DEVNULL)
        try:
            def is_ready():
                with contextlib.suppress(OSError):
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/file") as response:
                        return response.read() == answer.body

            programs.wait_until("nginx", server, is_ready)
            yield "127.0.0.1", port
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait()

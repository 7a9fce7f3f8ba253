"""Keeps files for a test, with ranges and with faults on demand; prints its port.

PUT /NAME stores the body and answers with its size and SHA-256. GET /NAME gives it, from Range on. A query has one fault:
cut=N ends the connection after N bytes, still=N sends N bytes and then nothing, wrong=1 gives another range, whole=1 ignores the range.
"""

import hashlib
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

folder = sys.argv[1]
over = threading.Event()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def parts(self):
        url = urlsplit(self.path)
        return folder + url.path, dict(parse_qsl(url.query))

    def do_PUT(self):
        path, faults = self.parts()
        left, digest, size = int(self.headers["Content-Length"]), hashlib.sha256(), 0
        with open(path, "wb") as file:
            while left:
                piece = self.rfile.read(min(left, 1 << 16, int(faults.get("cut", left)) or left))
                if not piece:
                    return
                file.write(piece)
                digest.update(piece)
                left -= len(piece)
                size += len(piece)
                if "still" in faults:
                    over.wait()
                if "cut" in faults:
                    self.close_connection = True
                    return
        body = f"{size} {digest.hexdigest()} {self.headers.get('Content-Range', '-')}".encode()
        self.send_response(308 if "more" in faults else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path, faults = self.parts()
        try:
            data = open(path, "rb").read()
        except FileNotFoundError:
            self.send_response(404)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"none")
            return
        asked = self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and "whole" not in faults else 0
        if asked and start >= len(data):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(data)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if "wrong" in faults:
            start = 0
        body = memoryview(data)[start:]
        self.send_response(206 if asked and "whole" not in faults else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for fault in ("cut", "still"):
            if fault in faults:
                self.wfile.write(body[: int(faults[fault])])
                self.wfile.flush()
                if fault == "still":
                    over.wait()
                self.close_connection = True
                return
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_port, file=sys.stderr, flush=True)
server.serve_forever()

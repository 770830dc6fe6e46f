"""A server on the loopback that misbehaves as told.

Each path is served by a function of the handler, the content and the number of the request for that
path (from 1); see the functions below.
"""
import hashlib
import http.server
import re
import socket
import ssl
import struct
import threading
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.serve()

    def do_HEAD(self):
        self.serve()

    def serve(self):
        pool = self.server.pool
        with pool.lock:
            pool.requests.append((self.path, self.headers.get("Range"), self.headers.get("If-Range"),
                                  self.headers.get("User-Agent"), time.monotonic(), self.client_address, self.command))
            number = sum(request[0] == self.path for request in pool.requests)
        behaviour, content = pool.paths.get(self.path, (status(404), b""))
        try:
            behaviour(self, content, number)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, *_):
        pass

    def head(self, code, size, **fields):
        self.send_response(code)
        if size is not None:
            self.send_header("Content-Length", size)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def asked_from(self):
        """First byte of the range asked for."""
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        return int(found[1]) if found else 0

    def part(self, content, **fields):
        """The head of the answer to a request, a range or not; returns the body."""
        first, size, etag = self.asked_from(), len(content), tag(content)
        asked = self.headers.get("If-Range")
        if first and asked in (None, etag):
            self.head(206, size - first, Content_Range=f"bytes {first}-{size - 1}/{size}", ETag=etag, **fields)
        else:
            first = 0
            self.head(200, size, ETag=etag, **fields)
        return content[first:]

    def break_off(self, reset=False):
        """Ends the connection without a word; a reset may cost bytes that were sent."""
        self.wfile.flush()
        self.close_connection = True
        if not reset:
            return
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


def tag(content):
    return '"' + hashlib.sha256(content).hexdigest()[:16] + '"'


class Threads(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that goes away is none of ours."""


class Server:
    """with Server() as server: server.put("/a", content, behaviour); server.url("/a")"""

    def __init__(self, certificate=None):
        self.scheme = "https" if certificate else "http"
        self.paths, self.requests, self.lock = {}, [], threading.Lock()
        self.http = Threads(("127.0.0.1", 0), Handler)
        self.http.pool = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()

    def put(self, path, content=b"", behaviour=None):
        self.paths[path] = (behaviour or plain, content)
        return self.url(path)

    def url(self, path):
        return f"{self.scheme}://127.0.0.1:{self.http.server_address[1]}{path}"

    def ranges(self, path):
        return [request[1] for request in self.requests if request[0] == path]

    def methods(self, path):
        return [request[6] for request in self.requests if request[0] == path]


# --- behaviours ----------------------------------------------------------------------------------


def plain(handler, content, number):
    body = handler.part(content)
    if handler.command != "HEAD":
        handler.wfile.write(body)


def status(code, times=None, then=plain, **fields):
    """Refuses, the first so many times."""

    def behaviour(handler, content, number):
        if times is not None and number > times:
            return then(handler, content, number)
        page = b"<html>no</html>"
        handler.head(code, len(page), **fields)
        if handler.command != "HEAD":
            handler.wfile.write(page)

    return behaviour


def half(times, step=None, then=plain, reset=False):
    """Sends a part (half of what is left, or step bytes) and ends the connection."""

    def behaviour(handler, content, number):
        if times is not None and number > times:
            return then(handler, content, number)
        body = handler.part(content)
        handler.wfile.write(body[: step or len(body) // 2])
        handler.break_off(reset)

    return behaviour


def stall(times, then=plain):
    """Sends half, and then nothing on an open connection."""

    def behaviour(handler, content, number):
        if times is not None and number > times:
            return then(handler, content, number)
        body = handler.part(content)
        handler.wfile.write(body[: min(len(body) // 2, 10_000)])
        handler.wfile.flush()
        time.sleep(1)
        handler.break_off()

    return behaviour


def trickle(handler, content, number):
    """A byte every 20 ms."""
    body = handler.part(content)
    for i in range(min(len(body), 100)):
        handler.wfile.write(body[i : i + 1])
        handler.wfile.flush()
        time.sleep(0.02)
    handler.break_off()


def redirect(to, code=302):
    def behaviour(handler, content, number):
        handler.head(code, 0, Location=to)

    return behaviour


def without_ranges(times, named=True, length=True):
    """Sends half, so many times; always the whole from the start."""

    def behaviour(handler, content, number):
        fields = {"ETag": tag(content)} if named else {}
        if length:
            handler.head(200, len(content), **fields)
            body = content
        else:
            handler.head(200, None, Transfer_Encoding="chunked", **fields)
            body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces(content)) + b"0\r\n\r\n"
        if number <= times:
            handler.wfile.write(body[: len(body) // 2])
            handler.break_off()
        else:
            handler.wfile.write(body)

    return behaviour


def pieces(content, size=1000):
    return [content[i : i + size] for i in range(0, len(content), size)]


def wrong_range(shift):
    """Breaks off once and then sends another range than what was asked for."""

    def behaviour(handler, content, number):
        if number == 1:
            return half(1)(handler, content, number)
        first, size = handler.asked_from() + shift, len(content)
        handler.head(206, size - first, Content_Range=f"bytes {first}-{size - 1}/{size}", ETag=tag(content))
        handler.wfile.write(content[first:])

    return behaviour


def changing(other, named=True, ignoring=False):
    """Breaks off once, and has other content from then on (ignoring: says so, but sends a range of it)."""

    def behaviour(handler, content, number):
        now = content if number == 1 else other
        fields = {"ETag": tag(now)} if named else {}
        if number == 1:
            handler.head(200, len(now), **fields)
            handler.wfile.write(now[: len(now) // 2])
            return handler.break_off()
        if ignoring:
            first = handler.asked_from()
            handler.head(206, len(now) - first, Content_Range=f"bytes {first}-{len(now) - 1}/{len(now)}", **fields)
            return handler.wfile.write(now[first:])
        handler.head(200, len(now), **fields)
        handler.wfile.write(now)

    return behaviour
